//! A free function in a module gets the receiver, and asks it in a match.
pub mod work {
    use std::sync::mpsc::{Receiver, Sender};

    pub enum Page {
        Text(String),
        End,
    }

    pub fn print(pages: Receiver<Page>, done: Sender<usize>) {
        loop {
            match pages.recv() {
                Ok(Page::Text(text)) => done.send(text.len()).unwrap(),
                Ok(Page::End) | Err(_) => break,
            }
        }
    }
}

pub fn printed(texts: &[&str]) -> usize {
    let (sender, pages) = std::sync::mpsc::channel();
    let (done, lengths) = std::sync::mpsc::channel();
    let second = pages.clone();
    let other_done = done.clone();
    std::thread::spawn(move || work::print(pages, done));
    std::thread::spawn(move || work::print(second, other_done));
    for text in texts {
        sender.send(work::Page::Text(text.to_string())).unwrap();
    }
    sender.send(work::Page::End).unwrap();
    sender.send(work::Page::End).unwrap();
    lengths.iter().sum()
}

#[test]
fn all_pages_are_printed() {
    assert_eq!(printed(&["a", "bc", "def"]), 6);
}
