//! A queue that is looked at from both ends.
pub struct Queue {
    waiting: Vec<(String, u8)>,
}

impl Queue {
    pub fn new(names: &[(&str, u8)]) -> Self {
        Queue { waiting: names.iter().map(|(name, rank)| (name.to_string(), *rank)).collect() }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + '_ {
        self.waiting.iter().map(|(name, _)| name.as_str())
    }

    pub fn important(&self) -> Box<dyn Iterator<Item = &(String, u8)> + '_> {
        Box::new(self.waiting.iter().filter(|(_, rank)| *rank > 5))
    }

    pub fn length(&self) -> usize {
        self.names().len()
    }

    pub fn backwards(&self) -> Vec<&str> {
        let names = self.names();
        names.rev().collect()
    }

    pub fn last_important(&self) -> Option<&(String, u8)> {
        self.important().rev().next()
    }

    pub fn twice(&self) -> Vec<&str> {
        let names = self.names();
        let again = names.clone();
        names.chain(again).collect()
    }

    pub fn how_many_important(&self) -> usize {
        self.important().len()
    }
}

#[test]
fn both_ends() {
    let queue = Queue::new(&[("a", 9), ("b", 1), ("c", 7)]);
    assert_eq!(queue.length(), 3);
    assert_eq!(queue.backwards(), ["c", "b", "a"]);
    assert_eq!(queue.last_important().unwrap().0, "c");
    assert_eq!(queue.twice().len(), 6);
    assert_eq!(queue.how_many_important(), 2);
}
