//! Handlers of events, kept in boxes.
pub struct Bus<E> {
    handlers: Vec<Box<dyn Fn(&E) -> usize>>,
}

impl<E> Bus<E> {
    pub fn new() -> Self {
        Bus { handlers: Vec::new() }
    }

    pub fn on<F>(&mut self, handler: F)
    where
        F: Fn(&E) -> usize,
    {
        self.handlers.push(Box::new(handler));
    }

    pub fn only(&mut self, label: String, check: impl Fn(&E) -> bool) {
        self.handlers.push(Box::new(move |event| {
            let labels = vec![label];
            if check(event) { labels[0].len() } else { 0 }
        }));
    }

    pub fn send(&self, event: E) -> usize {
        self.handlers.iter().map(|handler| handler(&event)).sum()
    }
}

#[test]
fn handlers_are_called() {
    let mut bus = Bus::new();
    bus.on(|event: &u32| *event as usize);
    bus.only("four".to_string(), |event| *event > 2);
    assert_eq!(bus.send(3), 7);
    assert_eq!(bus.send(1), 1);
}
