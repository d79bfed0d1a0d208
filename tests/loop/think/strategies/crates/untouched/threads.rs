//! Threads that change what is borrowed, or that others join; a trait that says what is returned.

use std::thread::{self, JoinHandle};

struct Meter {
    value: u32,
}

impl Meter {
    fn count(&mut self) -> JoinHandle<()> {
        thread::spawn(|| self.value += 1)
    }
}

trait Named {
    fn name(&self) -> &str;
}

impl Named for Meter {
    fn name(&self) -> &str {
        let name = format!("meter {}", self.value);
        &name
    }
}

#[test]
fn nothing() {
    let mut meter = Meter { value: 0 };
    meter.count().join().unwrap();
    assert_eq!(meter.name(), "meter 1");
}
