use std::collections::HashMap;
use std::rc::Rc;

pub trait Animal {
    fn sound(&self) -> &str;
}

pub struct Cow;
pub struct Hen(String);

impl Animal for Cow {
    fn sound(&self) -> &str {
        "moo"
    }
}

impl Animal for Hen {
    fn sound(&self) -> &str {
        &self.0
    }
}

pub struct Zoo {
    cages: HashMap<u8, Animal>,
    mascot: Option<Rc<Animal>>,
}

impl Zoo {
    pub fn new() -> Zoo {
        let mut cages = HashMap::new();
        cages.insert(1, make("cow"));
        cages.insert(2, make("hen"));
        Zoo { cages, mascot: Some(Rc::new(Cow)) }
    }

    pub fn hear(&self, cage: u8) -> String {
        self.cages.get(&cage).map(|one| loud(one.as_ref())).unwrap_or_default()
    }
}

pub fn make(kind: &str) -> Animal {
    match kind {
        "cow" => Cow,
        _ => Hen("cluck".to_string()),
    }
}

fn loud(animal: &Animal) -> String {
    animal.sound().to_uppercase()
}

#[test]
fn it_is_heard() {
    let zoo = Zoo::new();
    assert_eq!(zoo.hear(2), "CLUCK");
    assert_eq!(zoo.mascot.map(|one| one.sound().len()), Some(3));
}
