/// A stack of plates, the newest on top.
pub struct Stack {
    head: Option<Box<Plate>>,
    size: usize,
}

struct Plate {
    colour: String,
    next: Option<Box<Plate>>,
}

impl Stack {
    pub fn new() -> Self {
        Stack { head: None, size: 0 }
    }

    pub fn push(&mut self, colour: &str) {
        let plate = Plate { colour: colour.to_string(), next: self.head };
        self.head = Some(Box::new(plate));
        self.size += 1;
    }

    pub fn pop(&mut self) -> Option<String> {
        match self.head {
            None => None,
            Some(plate) => {
                self.head = plate.next;
                self.size -= 1;
                Some(plate.colour)
            }
        }
    }

    pub fn peek(&self) -> Option<&String> {
        self.head.map(|plate| &plate.colour)
    }

    pub fn colours(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut at = &self.head;
        while let Some(plate) = at {
            all.push(plate.colour.clone());
            at = &plate.next;
        }
        all
    }
}

#[test]
fn plates_are_stacked() {
    let mut stack = Stack::new();
    stack.push("blue");
    stack.push("white");
    assert_eq!(stack.peek().map(String::as_str), Some("white"));
    assert_eq!(stack.colours(), ["white", "blue"]);
    assert_eq!(stack.pop().as_deref(), Some("white"));
    assert_eq!(stack.pop().as_deref(), Some("blue"));
    assert_eq!(stack.pop(), None);
    assert_eq!(stack.size, 0);
}
