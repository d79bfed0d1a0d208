use std::collections::HashMap;

pub struct Session {
    pub last_seen: u64,
    pub pinned: bool,
}

pub struct Sessions {
    map: HashMap<String, Session>,
    pub now: u64,
    max_age: u64,
    pub swept: usize,
}

impl Sessions {
    pub fn new(max_age: u64) -> Self {
        Sessions { map: HashMap::new(), now: 0, max_age, swept: 0 }
    }

    pub fn open(&mut self, name: &str, pinned: bool) {
        self.map.insert(name.to_string(), Session { last_seen: self.now, pinned });
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    fn is_old(&self, session: &Session) -> bool {
        !session.pinned && self.now - session.last_seen > self.max_age
    }

    /// Removes the old sessions and returns their names in order.
    pub fn sweep(&mut self) -> Vec<String> {
        let mut gone = Vec::new();
        for (name, session) in &self.map {
            if self.is_old(session) {
                gone.push(name.clone());
            }
        }
        for name in &gone {
            self.map.remove(name);
        }
        self.swept += gone.len();
        gone.sort();
        gone
    }

    /// Marks every session of this user (`user/...`) as just seen.
    pub fn touch_user(&mut self, user: &str) {
        for (name, session) in &mut self.map {
            if name.split('/').next() == Some(user) {
                session.last_seen = self.now;
            }
        }
    }
}
