//! Sessions of users, which are made anew when they are too old.

mod session {
    #[derive(Debug, Clone, PartialEq)]
    pub struct Session {
        pub user: u32,
        pub opened: u64,
    }
}

use session::Session;

pub struct Desk {
    open: Vec<Session>,
    log: Vec<String>,
}

impl Desk {
    fn of(&self, user: u32) -> Option<&Session> {
        self.open.iter().find(|one| one.user == user)
    }

    pub fn session(&mut self, user: u32, now: u64) -> &Session {
        if let Some(session) = self.of(user) {
            if session.opened + 60 > now {
                return session;
            }
        }
        self.log.push(format!("opened for {user}"));
        self.open.retain(|one| one.user != user);
        self.open.push(Session { user, opened: now });
        &self.open[self.open.len() - 1]
    }

    pub fn first_or_guest(&mut self) -> &mut Session {
        match self.open.get_mut(0) {
            Some(session) if session.user > 0 => session,
            _ => {
                self.open.insert(0, Session { user: 1, opened: 0 });
                &mut self.open[0]
            }
        }
    }
}

#[test]
fn an_old_session_is_made_anew() {
    let mut desk = Desk { open: vec![], log: vec![] };
    assert_eq!(desk.session(7, 100).opened, 100);
    assert_eq!(desk.session(7, 120).opened, 100);
    assert_eq!(desk.session(7, 200).opened, 200);
    assert_eq!(desk.log.len(), 2);
    assert_eq!(desk.first_or_guest().user, 7);
    desk.open[0].user = 0;
    assert_eq!(desk.first_or_guest().user, 1);
}
