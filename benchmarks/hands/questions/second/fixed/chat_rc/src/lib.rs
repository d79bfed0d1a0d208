use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Somebody in one or several rooms.
pub struct Member {
    pub name: String,
    inbox: RefCell<Vec<String>>,
    unread: Cell<usize>,
}

impl Member {
    pub fn new(name: &str) -> Rc<Member> {
        Rc::new(Member { name: name.to_string(), inbox: RefCell::default(), unread: Cell::new(0) })
    }

    pub fn unread(&self) -> usize {
        self.unread.get()
    }

    /// Everything received so far, in order; nothing is unread after this.
    pub fn read_all(&self) -> Vec<String> {
        self.unread.set(0);
        self.inbox.borrow().clone()
    }
}

#[derive(Default)]
pub struct Room {
    members: Vec<Rc<Member>>,
}

impl Room {
    pub fn join(&mut self, member: &Rc<Member>) {
        self.members.push(Rc::clone(member));
    }

    /// Sends to all but the sender; tells how many got it.
    pub fn say(&self, from: &Rc<Member>, text: &str) -> usize {
        let mut reached = 0;
        for member in &self.members {
            if !Rc::ptr_eq(member, from) {
                member.inbox.borrow_mut().push(format!("{}: {}", from.name, text));
                member.unread.set(member.unread.get() + 1);
                reached += 1;
            }
        }
        reached
    }
}
