//! Letters are taken out of one box by several carriers.
pub mod post {
    use std::sync::mpsc::{Receiver, RecvTimeoutError};
    use std::sync::Arc;
    use std::time::Duration;

    pub struct Carrier {
        // everybody's box
        inbox: Arc<Receiver<String>>,
    }

    impl Carrier {
        pub fn new(inbox: &Arc<Receiver<String>>) -> Self {
            Carrier { inbox: Arc::clone(inbox) }
        }

        pub fn carried(&self) -> usize {
            let mut letters = 0;
            loop {
                match self.inbox.recv_timeout(Duration::from_secs(5)) {
                    Ok(letter) => letters += letter.len(),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return letters,
                }
            }
        }
    }

    pub fn box_of(inbox: Receiver<String>) -> Arc<Receiver<String>> {
        Arc::new(inbox)
    }
}

#[test]
fn all_letters_are_carried() {
    let (send, inbox) = std::sync::mpsc::channel();
    let inbox = post::box_of(inbox);
    let carriers: Vec<_> = (0..2).map(|_| post::Carrier::new(&inbox)).collect();
    let threads: Vec<_> = carriers.into_iter().map(|one| std::thread::spawn(move || one.carried())).collect();
    for letter in ["ab", "c", "def"] {
        send.send(letter.to_string()).unwrap();
    }
    drop(send);
    assert_eq!(threads.into_iter().map(|one| one.join().unwrap()).sum::<usize>(), 6);
}
