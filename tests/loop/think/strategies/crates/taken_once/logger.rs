//! A logger that ends its thread when it is dropped.
use std::sync::mpsc::{channel, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub struct Logger {
    lines: Sender<String>,
    writer: JoinHandle<()>,
}

impl Logger {
    pub fn new(into: Arc<Mutex<Vec<String>>>) -> Self {
        let (lines, incoming) = channel();
        let writer = thread::spawn(move || {
            for line in incoming {
                into.lock().unwrap().push(line);
            }
        });
        Self { lines, writer }
    }

    pub fn log(&self, line: &str) {
        self.lines.send(line.to_owned()).unwrap();
    }

    pub fn running(&self) -> bool {
        !self.writer.is_finished()
    }
}

impl Drop for Logger {
    fn drop(&mut self) {
        drop(self.lines);
        self.writer.join().unwrap();
    }
}

#[test]
fn all_lines_are_written_in_the_end() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let logger = Logger::new(Arc::clone(&lines));
    logger.log("one");
    assert!(logger.running());
    logger.log("two");
    drop(logger);
    assert_eq!(*lines.lock().unwrap(), ["one", "two"]);
}
