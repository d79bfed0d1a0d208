use std::collections::HashMap;

pub struct Sessions {
    open: HashMap<u32, u64>,
}

impl Sessions {
    pub fn expire(&mut self, now: u64) -> usize {
        let mut gone = 0;
        for (id, since) in &self.open {
            if now - since > 60 {
                gone += 1;
                self.open.remove(id);
            }
        }
        gone
    }
}

#[test]
fn old_sessions_end() {
    let mut sessions = Sessions { open: HashMap::from([(1, 0), (2, 90), (3, 10)]) };
    assert_eq!(sessions.expire(100), 2);
    assert_eq!(sessions.open.len(), 1);
}
