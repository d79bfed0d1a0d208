//! Quotes are asked for by a client, and kept.
use std::collections::HashMap;
use std::future::{ready, Future};
use std::sync::{Arc, RwLock};

#[derive(Clone, Default)]
pub struct Quotes {
    known: Arc<RwLock<HashMap<String, u32>>>,
    asked: Arc<RwLock<Vec<String>>>,
}

async fn asked(name: String, before: usize) -> u32 {
    ready(name.len() as u32 + before as u32).await
}

impl Quotes {
    pub async fn quote(&self, name: &str) -> u32 {
        let mut known = self.known.write().unwrap();
        let quote = asked(name.to_owned(), 0).await;
        known.insert(name.to_owned(), quote);
        quote
    }

    pub async fn all(&self) -> u32 {
        let mut sum = 0;
        for (name, known) in self.known.read().unwrap().iter() {
            sum += known + asked(name.clone(), 0).await;
        }
        sum
    }

    pub async fn again(&self, name: &str) -> u32 {
        self.asked.write().unwrap().push(name.to_owned());
        let quote = asked(name.to_owned(), self.asked.read().unwrap().len()).await;
        match self.known.write().unwrap().insert(name.to_owned(), quote) {
            Some(before) => before + asked(String::new(), 0).await,
            None => quote,
        }
    }
}

pub fn start<T>(task: impl Future<Output = T> + Send) -> T {
    let mut task = std::pin::pin!(task);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match task.as_mut().poll(&mut context) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("nothing is waited for"),
    }
}

#[test]
fn quotes_are_kept() {
    let quotes = Quotes::default();
    assert_eq!(start(async { quotes.quote("abc").await }), 3);
    assert_eq!(start(quotes.all()), 6);
    assert_eq!(start(quotes.again("abc")), 3);
    assert_eq!(start(quotes.again("ab")), 4);
}
