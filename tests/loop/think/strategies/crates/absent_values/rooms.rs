use std::rc::{Rc, Weak};
use std::cell::RefCell;

pub struct Room {
    pub name: String,
    doors: RefCell<Vec<Weak<Room>>>,
}

impl Room {
    pub fn new(name: &str) -> Rc<Room> {
        Rc::new(Room { name: name.to_string(), doors: RefCell::new(vec![]) })
    }

    pub fn connect(a: &Rc<Room>, b: &Rc<Room>) {
        a.doors.borrow().push(b);
        b.doors.borrow().push(a);
    }

    pub fn neighbours(&self) -> Vec<String> {
        self.doors.borrow().iter().map(|door| door.name.clone()).collect()
    }

    pub fn first_door(&self) -> Option<Rc<Room>> {
        self.doors.borrow().first()
    }
}

#[test]
fn rooms_are_connected() {
    let (hall, attic) = (Room::new("hall"), Room::new("attic"));
    Room::connect(&hall, &attic);
    assert_eq!(hall.neighbours(), ["attic"]);
    assert_eq!(attic.first_door().unwrap().name, "hall");
}
