//! Rooms tell those who come in who is there.
mod room {
    use std::sync::Mutex;

    #[derive(Default)]
    pub struct Room {
        guests: Mutex<Vec<String>>,
        greeted: Mutex<usize>,
    }

    async fn greet(line: &str) -> bool {
        std::future::ready(!line.is_empty()).await
    }

    impl Room {
        /// Greets the guest; gives back whether anybody else is there.
        pub async fn enter(&self, guest: &str) -> bool {
            let mut guests = self.guests.lock().unwrap();
            guests.push(guest.to_string());
            let others = guests.len() > 1;
            let line = format!("{} and {} others", guest, guests.len() - 1);
            if greet(&line).await {
                *self.greeted.lock().unwrap() += 1;
            }
            others
        }

        pub async fn leave(&self, guest: &str) -> usize {
            let mut guests = self.guests.lock().unwrap();
            guests.retain(|one| one != guest);
            greet("bye").await;
            let left = guests.len();
            left
        }

        pub async fn first(&self) -> usize {
            if let Some(first) = self.guests.lock().unwrap().first().cloned() {
                greet(&first).await;
            }
            let greeted = *self.greeted.lock().unwrap();
            greeted
        }
    }
}

fn sent<F: std::future::Future + Send>(task: F) -> F::Output {
    let mut task = std::pin::pin!(task);
    match task.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => unreachable!("nothing waits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_come_and_go() {
        let room = room::Room::default();
        assert!(!sent(room.enter("Ada")));
        assert!(sent(room.enter("Bob")));
        assert_eq!(sent(room.leave("Ada")), 1);
        assert_eq!(sent(room.first()), 2);
    }
}
