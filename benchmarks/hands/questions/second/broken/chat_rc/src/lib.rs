use std::rc::Rc;

/// Somebody in one or several rooms.
pub struct Member {
    pub name: String,
    inbox: Vec<String>,
    unread: usize,
}

impl Member {
    pub fn new(name: &str) -> Rc<Member> {
        Rc::new(Member { name: name.to_string(), inbox: Vec::new(), unread: 0 })
    }

    pub fn unread(&self) -> usize {
        self.unread
    }

    /// Everything received so far, in order; nothing is unread after this.
    pub fn read_all(&self) -> Vec<String> {
        self.unread = 0;
        self.inbox.clone()
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
                member.inbox.push(format!("{}: {}", from.name, text));
                member.unread += 1;
                reached += 1;
            }
        }
        reached
    }
}
