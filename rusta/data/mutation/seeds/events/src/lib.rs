//! An event queue: handlers subscribe by topic, and answer with further events.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub topic: String,
    pub body: String,
    pub depth: u8,
}

impl Event {
    pub fn new(topic: &str, body: impl Into<String>) -> Self {
        Event { topic: topic.to_string(), body: body.into(), depth: 0 }
    }

    fn after(mut self, cause: &Event) -> Self {
        self.depth = cause.depth + 1;
        self
    }
}

pub trait Handler {
    fn name(&self) -> &str;
    fn handle(&mut self, event: &Event) -> Vec<Event>;

    fn wants(&self, _event: &Event) -> bool {
        true
    }
}

/// A handler made of a name and a closure.
pub struct Calling<F> {
    name: String,
    call: F,
}

impl<F: FnMut(&Event) -> Vec<Event>> Handler for Calling<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn handle(&mut self, event: &Event) -> Vec<Event> {
        (self.call)(event)
    }
}

pub struct Bus<'h> {
    handlers: HashMap<String, Vec<Box<dyn Handler + 'h>>>,
    queue: VecDeque<Event>,
    deepest: u8,
}

impl<'h> Bus<'h> {
    pub fn new(deepest: u8) -> Self {
        Bus { handlers: HashMap::new(), queue: VecDeque::new(), deepest }
    }

    pub fn subscribe(&mut self, topic: &str, handler: Box<dyn Handler + 'h>) {
        self.handlers.entry(topic.to_string()).or_default().push(handler);
    }

    pub fn on<F>(&mut self, topic: &str, name: &str, call: F)
    where
        F: FnMut(&Event) -> Vec<Event> + 'h,
    {
        let handler = Calling { name: name.to_string(), call };
        self.subscribe(topic, Box::new(handler));
    }

    pub fn send(&mut self, event: Event) {
        self.queue.push_back(event);
    }

    pub fn names(&self, topic: &str) -> Vec<&str> {
        match self.handlers.get(topic) {
            Some(list) => list.iter().map(|handler| handler.name()).collect(),
            None => Vec::new(),
        }
    }

    /// Works the queue off; says how many events nobody wanted.
    pub fn run(&mut self) -> usize {
        let mut lost = 0;
        while let Some(event) = self.queue.pop_front() {
            let mut answers = Vec::new();
            let mut heard = false;
            if let Some(list) = self.handlers.get_mut(&event.topic) {
                for handler in list.iter_mut().filter(|handler| handler.wants(&event)) {
                    heard = true;
                    answers.extend(handler.handle(&event));
                }
            }
            if !heard {
                lost += 1;
            }
            let deepest = self.deepest;
            let further = answers.into_iter().map(|answer| answer.after(&event));
            self.queue.extend(further.filter(|answer| answer.depth <= deepest));
        }
        lost
    }
}

/// Keeps what it hears, up to a limit.
#[derive(Debug)]
pub struct Log<T> {
    seen: Vec<T>,
    limit: usize,
}

impl<T: Debug + Clone> Log<T> {
    pub fn new(limit: usize) -> Self {
        Log { seen: Vec::new(), limit }
    }

    pub fn keep(&mut self, value: &T) {
        if self.seen.len() == self.limit {
            self.seen.remove(0);
        }
        self.seen.push(value.clone());
    }

    pub fn last(&self) -> Option<&T> {
        self.seen.last()
    }

    pub fn lines(&self) -> String {
        let lines: Vec<String> = self.seen.iter().map(|value| format!("{value:?}")).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Only {
        word: String,
        heard: usize,
    }

    impl Handler for Only {
        fn name(&self) -> &str {
            "only"
        }

        fn wants(&self, event: &Event) -> bool {
            event.body == self.word
        }

        fn handle(&mut self, _: &Event) -> Vec<Event> {
            self.heard += 1;
            vec![Event::new("heard", self.heard.to_string())]
        }
    }

    #[test]
    fn answers_are_delivered() {
        let mut log = Log::new(2);
        let mut bus = Bus::new(3);
        bus.subscribe("say", Box::new(Only { word: "hi".to_string(), heard: 0 }));
        bus.on("heard", "log", |event| {
            log.keep(&event.body);
            Vec::new()
        });
        for word in ["hi", "ho", "hi", "hi"] {
            bus.send(Event::new("say", word));
        }
        assert_eq!(bus.names("say"), ["only"]);
        assert_eq!(bus.run(), 1);
        drop(bus);
        assert_eq!(log.lines(), "\"2\"\n\"3\"");
        assert_eq!(log.last().map(String::as_str), Some("3"));
    }

    #[test]
    fn echoes_end() {
        let mut count = 0;
        let mut bus = Bus::new(4);
        bus.on("echo", "echo", |event| {
            count += 1;
            vec![event.clone()]
        });
        bus.send(Event::new("echo", "x"));
        bus.run();
        assert!(bus.names("none").is_empty());
        drop(bus);
        assert_eq!(count, 5);
    }
}
