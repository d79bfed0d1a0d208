//! A pool of workers that take their jobs from one queue.

use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce() -> u64>;

pub struct Pool {
    workers: Vec<Worker>,
    jobs: Option<Sender<Job>>,
    results: Receiver<u64>,
}

struct Worker {
    thread: JoinHandle<usize>,
}

impl Worker {
    /// Works until there can be no more jobs. The thread gives back how many it did.
    fn start(jobs: Receiver<Job>, results: Sender<u64>) -> Self {
        let thread = thread::spawn(move || {
            let mut done = 0;
            loop {
                let job = match jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return done,
                };
                if results.send(job()).is_err() {
                    return done;
                }
                done += 1;
            }
        });
        Worker { thread }
    }
}

impl Pool {
    pub fn new(size: usize) -> Self {
        let (jobs, queue) = channel();
        let (sender, results) = channel();
        let workers = (0..size)
            .map(|_| Worker::start(queue.clone(), sender.clone()))
            .collect();
        Pool { workers, jobs: Some(jobs), results }
    }

    /// Put a job into the queue.
    pub fn run<F>(&self, job: F)
    where
        F: FnOnce() -> u64 + 'static,
    {
        if let Some(jobs) = &self.jobs {
            jobs.send(Box::new(job)).expect("the queue is open");
        }
    }

    /// Let no more jobs in, wait for all of them, and give back how many were done and the sum of
    /// their results.
    pub fn finish(&mut self) -> (usize, u64) {
        self.jobs = None;
        let mut done = 0;
        for worker in &mut self.workers {
            done += worker.thread.join().expect("no job panics");
        }
        (done, self.results.try_iter().sum())
    }
}
