//! A few threads that share a queue of jobs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce() + Send + 'static>;

pub struct Pool {
    sender: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    done: Arc<AtomicUsize>,
}

impl Pool {
    pub fn new(threads: usize) -> Self {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let done = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::with_capacity(threads);
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            let done = Arc::clone(&done);
            workers.push(thread::spawn(move || work(&receiver, &done)));
        }
        Pool { sender: Some(sender), workers, done }
    }

    pub fn run<F>(&self, job: F)
    where
        F: FnOnce() + Send + 'static,
    {
        if let Some(sender) = &self.sender {
            sender.send(Box::new(job)).expect("the workers are alive");
        }
    }

    /// Waits for everything, and says how many jobs were done.
    pub fn finish(mut self) -> usize {
        drop(self.sender.take());
        for worker in self.workers.drain(..) {
            worker.join().expect("a worker panicked");
        }
        self.done.load(Ordering::SeqCst)
    }

    /// Applies a function to every value; results come in the order of the values.
    pub fn map<T, R, F>(&self, values: Vec<T>, change: F) -> Vec<R>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: Fn(T) -> R + Send + Sync + 'static,
    {
        let (sender, receiver) = mpsc::channel();
        let change = Arc::new(change);
        let count = values.len();
        for (index, value) in values.into_iter().enumerate() {
            let sender = sender.clone();
            let change = Arc::clone(&change);
            self.run(move || {
                let _ = sender.send((index, change(value)));
            });
        }
        drop(sender);
        let mut results: Vec<(usize, R)> = receiver.iter().take(count).collect();
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

fn work(receiver: &Mutex<Receiver<Job>>, done: &AtomicUsize) {
    loop {
        let job = match receiver.lock().unwrap().recv() {
            Ok(job) => job,
            Err(_) => return,
        };
        job();
        done.fetch_add(1, Ordering::SeqCst);
    }
}

/// Counts that many threads can add to.
#[derive(Debug, Default, Clone)]
pub struct Counter {
    counts: Arc<RwLock<HashMap<String, usize>>>,
}

impl Counter {
    pub fn add(&self, name: &str) {
        let mut counts = self.counts.write().unwrap();
        *counts.entry(name.to_string()).or_default() += 1;
    }

    pub fn get(&self, name: &str) -> usize {
        self.counts.read().unwrap().get(name).copied().unwrap_or(0)
    }
}

/// Sums the parts side by side; threads may borrow because they end here.
pub fn sum_parts(numbers: &[u64], parts: usize) -> u64 {
    let size = numbers.len().div_ceil(parts).max(1);
    thread::scope(|scope| {
        let handles: Vec<_> =
            numbers.chunks(size).map(|part| scope.spawn(move || part.iter().sum::<u64>())).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let pool = Pool::new(3);
        let words: Vec<String> = ["a", "bb", "ccc"].iter().map(|word| word.to_string()).collect();
        assert_eq!(pool.map(words, |word| word.len()), [1, 2, 3]);
        assert_eq!(pool.finish(), 3);
    }

    #[test]
    fn counters_are_shared() {
        let pool = Pool::new(2);
        let counter = Counter::default();
        for _ in 0..10 {
            let mine = counter.clone();
            pool.run(move || mine.add("job"));
        }
        assert_eq!(pool.finish(), 10);
        assert_eq!(counter.get("job"), 10);
        assert_eq!(counter.get("none"), 0);
    }

    #[test]
    fn parts_add_up() {
        let numbers: Vec<u64> = (1..=100).collect();
        assert_eq!(sum_parts(&numbers, 7), 5050);
        assert_eq!(sum_parts(&[], 3), 0);
    }
}
