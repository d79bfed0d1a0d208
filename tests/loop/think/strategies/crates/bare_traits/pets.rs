pub trait Pet {
    fn sound(&self) -> String;
}

pub struct Dog;
pub struct Cat(pub u8);

impl Pet for Dog {
    fn sound(&self) -> String {
        "woof".to_string()
    }
}

impl Pet for Cat {
    fn sound(&self) -> String {
        "miau ".repeat(self.0.into()).trim().to_string()
    }
}

pub struct Home {
    pets: Vec<dyn Pet>,
}

impl Home {
    pub fn noise(&self) -> Vec<String> {
        self.pets.iter().map(|pet| pet.sound()).collect()
    }
}

pub fn full() -> Home {
    Home { pets: vec![Box::new(Dog), Box::new(Cat(2))] }
}

#[test]
fn pets_are_heard() {
    assert_eq!(full().noise(), ["woof", "miau miau"]);
}
