//! Runs jobs by priority, and within a priority in the order they came.

mod job;

pub use job::{Job, Outcome, Priority};

use std::collections::BinaryHeap;

/// What a run did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    pub done: Vec<String>,
    pub failed: Vec<(String, String)>,
}

impl Report {
    pub fn worst(&self) -> Option<&str> {
        self.failed.iter().map(|(name, _)| name.as_str()).min()
    }
}

pub struct Scheduler<'j> {
    waiting: BinaryHeap<Job<'j>>,
    born: u64,
    retries: u8,
}

impl<'j> Scheduler<'j> {
    pub fn new(retries: u8) -> Self {
        Scheduler { waiting: BinaryHeap::new(), born: 0, retries }
    }

    pub fn add<F>(&mut self, name: &str, priority: Priority, work: F) -> &mut Self
    where
        F: FnMut() -> Outcome + 'j,
    {
        let job = Job::new(name.to_string(), priority, self.born, Box::new(work));
        self.born += 1;
        self.waiting.push(job);
        self
    }

    pub fn next_name(&self) -> Option<&str> {
        self.waiting.peek().map(|job| job.name())
    }

    pub fn run(&mut self) -> Report {
        let mut report = Report::default();
        while let Some(mut job) = self.waiting.pop() {
            match job.work() {
                Outcome::Done => report.done.push(job.into_name()),
                Outcome::Again if job.tries() <= self.retries => self.waiting.push(job),
                Outcome::Again => report.failed.push((job.into_name(), "too many tries".to_owned())),
                Outcome::Failed(why) => report.failed.push((job.into_name(), why)),
            }
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn the_urgent_goes_first() {
        let seen = RefCell::new(Vec::new());
        let mut scheduler = Scheduler::new(0);
        for (name, priority) in [("a", Priority::Low), ("b", Priority::High), ("c", Priority::Low)] {
            let seen = &seen;
            scheduler.add(name, priority, move || {
                seen.borrow_mut().push(name);
                Outcome::Done
            });
        }
        assert_eq!(scheduler.next_name(), Some("b"));
        let report = scheduler.run();
        assert_eq!(report.done, ["b", "a", "c"]);
        assert_eq!(*seen.borrow(), ["b", "a", "c"]);
    }

    #[test]
    fn tries_are_counted() {
        let mut left = 2;
        let mut scheduler = Scheduler::new(2);
        scheduler.add("slow", Priority::Normal, || {
            left -= 1;
            if left == 0 { Outcome::Done } else { Outcome::Again }
        });
        scheduler.add("stuck", Priority::Normal, || Outcome::Again);
        scheduler.add("bad", Priority::High, || Outcome::Failed("no disk".to_string()));
        let report = scheduler.run();
        assert_eq!(report.done, ["slow"]);
        assert_eq!(report.failed[0], ("bad".to_string(), "no disk".to_string()));
        assert_eq!(report.failed[1].1, "too many tries");
        assert_eq!(report.worst(), Some("bad"));
    }
}
