//! One thread that counts, asked for its result.
pub mod count {
    use std::thread;

    pub struct Counter {
        /// How far it goes.
        to: u64,
        handle: thread::JoinHandle<u64>,
    }

    impl Counter {
        pub fn start(to: u64) -> Counter {
            let handle = thread::spawn(move || (1..=to).sum());
            Counter { to, handle: handle }
        }

        pub fn result(&mut self) -> u64 {
            // it has to be done by then
            let sum = self.handle.join().expect("it does not panic");
            assert!(sum >= self.to);
            sum
        }

        pub fn again(&mut self, to: u64) {
            self.to = to;
            self.handle = thread::spawn(move || (1..=to).sum());
        }
    }
}

#[test]
fn it_counts() {
    let mut counter = count::Counter::start(4);
    assert_eq!(counter.result(), 10);
    counter.again(2);
    assert_eq!(counter.result(), 3);
}
