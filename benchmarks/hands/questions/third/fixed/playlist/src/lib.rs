//! A playlist as a singly linked list (exercise, I know Vec would be simpler).

struct Node {
    title: String,
    next: Option<Box<Node>>,
}

pub struct Playlist {
    head: Option<Box<Node>>,
    len: usize,
}

impl Playlist {
    pub fn new() -> Self {
        Playlist { head: None, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn push_front(&mut self, title: &str) {
        let old = self.head.take();
        self.head = Some(Box::new(Node {
            title: title.to_string(),
            next: old,
        }));
        self.len += 1;
    }

    /// Removes the first song with this title. Returns false if there is none.
    pub fn remove(&mut self, title: &str) -> bool {
        let mut current = &mut self.head;
        loop {
            match current {
                None => return false,
                Some(node) if node.title == title => {
                    *current = node.next.take();
                    self.len -= 1;
                    return true;
                }
                Some(node) => current = &mut node.next,
            }
        }
    }

    pub fn titles(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut current = &self.head;
        while let Some(node) = current {
            out.push(node.title.clone());
            current = &node.next;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Playlist {
        let mut list = Playlist::new();
        for t in ["c", "b", "a"] {
            list.push_front(t);
        }
        list
    }

    #[test]
    fn keeps_order() {
        assert_eq!(sample().titles(), vec!["a", "b", "c"]);
    }

    #[test]
    fn removes_head_middle_and_tail() {
        let mut list = sample();
        assert!(list.remove("b"));
        assert_eq!(list.titles(), vec!["a", "c"]);
        assert!(list.remove("c"));
        assert!(list.remove("a"));
        assert_eq!(list.len(), 0);
        assert!(list.titles().is_empty());
    }

    #[test]
    fn removing_a_missing_song_changes_nothing() {
        let mut list = sample();
        assert!(!list.remove("zzz"));
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn only_the_first_match_goes() {
        let mut list = sample();
        list.push_front("b");
        assert!(list.remove("b"));
        assert_eq!(list.titles(), vec!["a", "b", "c"]);
    }
}
