pub struct Queue<T> {
    items: Vec<T>,
}

impl<T: PartialEq> Queue<T> {
    pub fn new(items: Vec<T>) -> Self {
        Queue { items }
    }

    pub fn front(&self) -> Option<T> {
        self.items.first()
    }

    pub fn find(&self, wanted: &T) -> Option<T> {
        self.items.iter().find(|one| *one == wanted)
    }
}

#[test]
fn it_looks() {
    let queue = Queue::new(vec!["a".to_string(), "b".to_string()]);
    assert_eq!(queue.front(), Some("a".to_string()));
    assert_eq!(queue.find(&"c".to_string()), None);
}
