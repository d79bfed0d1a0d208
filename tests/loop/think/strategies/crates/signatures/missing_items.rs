//! An impl lacks what all the others have, word for word.
pub trait Animal {
    type Food;
    fn name(&self) -> String;
    fn legs(&self) -> usize;
    fn told(&self) -> String;
}

pub struct Cat;
pub struct Ant(pub u8);
pub struct Owl;

impl Animal for Cat {
    type Food = u8;
    fn name(&self) -> String { "cat".into() }
    fn legs(&self) -> usize { 4 }
    fn told(&self) -> String { format!("{} on {} legs", self.name(), self.legs()) }
}

impl Animal for Ant {
    type Food = u8;
    fn name(&self) -> String { "ant".into() }
    fn legs(&self) -> usize { 6 }
    fn told(&self) -> String { format!("{} on {} legs", self.name(), self.legs()) }
}

impl Animal for Owl {
    fn name(&self) -> String { "owl".into() }
    fn legs(&self) -> usize { 2 }
}

#[test]
fn it_is_told() {
    assert_eq!(Owl.told(), "owl on 2 legs");
}
