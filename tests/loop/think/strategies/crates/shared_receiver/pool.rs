//! Workers take jobs from one queue.
use std::sync::{mpsc, Arc};
use std::thread;

type Job = Box<dyn FnOnce() -> u32>;

pub struct Pool {
    sender: Option<mpsc::Sender<Job>>,
    workers: Vec<thread::JoinHandle<u32>>,
}

impl Pool {
    pub fn new(size: usize) -> Pool {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(receiver);
        let workers = (0..size)
            .map(|_| {
                let receiver = Arc::clone(&receiver);
                thread::spawn(move || {
                    let mut sum = 0;
                    while let Ok(job) = receiver.recv() {
                        sum += job();
                    }
                    sum
                })
            })
            .collect();
        Pool { sender: Some(sender), workers }
    }

    pub fn run<F: FnOnce() -> u32 + 'static>(&self, job: F) {
        self.sender.as_ref().unwrap().send(Box::new(job)).unwrap();
    }

    pub fn done(mut self) -> u32 {
        self.sender.take();
        self.workers.into_iter().map(|one| one.join().unwrap()).sum()
    }
}

#[test]
fn jobs_are_done() {
    let pool = Pool::new(3);
    for n in 0..4 {
        pool.run(move || n);
    }
    assert_eq!(pool.done(), 6);
}
