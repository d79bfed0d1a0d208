//! A line to another machine.

#[derive(Debug, PartialEq)]
pub struct Socket(String);

#[derive(Debug, PartialEq)]
pub enum Link {
    Down,
    Dialing { peer: Socket, tries: u8 },
    Up(Socket),
}

pub struct Line {
    pub link: Link,
    pub hung_up: Vec<Socket>,
}

impl Line {
    /// Hang up a line that is up; count one more try on one that dials.
    pub fn hang_up(&mut self) -> bool {
        if let Link::Up(socket) = self.link {
            self.link = Link::Down;
            self.hung_up.push(socket);
            true
        } else {
            false
        }
    }

    pub fn answered(&mut self, yes: bool) -> u8 {
        match self.link {
            Link::Dialing { peer, tries } if yes => {
                self.link = Link::Up(peer);
                tries
            }
            Link::Dialing { tries, .. } => tries + 1,
            Link::Up(_) | Link::Down => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_up_stays() {
        let mut line = Line { link: Link::Dialing { peer: Socket("x".into()), tries: 2 }, hung_up: vec![] };
        assert_eq!(line.answered(false), 3);
        assert!(!line.hang_up());
        assert_eq!(line.link, Link::Dialing { peer: Socket("x".into()), tries: 2 });
        assert_eq!(line.answered(true), 2);
        assert_eq!(line.answered(true), 0);
        assert_eq!(line.link, Link::Up(Socket("x".into())));
        assert!(line.hang_up());
        assert_eq!(line.link, Link::Down);
    }
}
