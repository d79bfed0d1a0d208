use std::cell::RefCell;
use std::rc::Rc;

pub struct Choir {
    pub voices: Vec<String>,
    pub hall: Rc<Vec<u32>>,
    absent: RefCell<Vec<usize>>,
}

impl Choir {
    pub fn new(voices: &[&str], hall: Vec<u32>) -> Self {
        let voices = voices.iter().map(|one| one.to_string()).collect();
        Choir { voices, hall: Rc::new(hall), absent: RefCell::new(Vec::new()) }
    }

    pub fn miss(&self, place: usize) {
        self.absent.borrow_mut().push(place);
    }

    pub fn seats(&self) -> u32 {
        let mut sum = 0;
        for row in self.hall.clone() {
            sum += row;
        }
        sum
    }

    pub fn missing(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for place in &self.absent {
            names.push(self.voices[*place].as_str());
        }
        names
    }
}

/// The longest name in a choir.
pub fn longest(choir: &Choir) -> usize {
    let mut most = 0;
    for voice in choir.voices.len() {
        most = most.max(choir.voices[voice].len());
    }
    most
}

#[test]
fn voices_are_counted() {
    let choir = Choir::new(&["alto", "bass"], vec![3, 4]);
    choir.miss(1);
    assert_eq!((choir.seats(), longest(&choir)), (7, 4));
    assert_eq!(choir.missing(), ["bass"]);
}
