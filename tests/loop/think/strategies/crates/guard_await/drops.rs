//! A guard is dropped by hand, and what is sent is in the lock.
use std::future::Future;
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub struct Draft {
    title: String,
    lines: Vec<String>,
    stored: usize,
}

async fn store(title: String, text: String) -> Result<usize, String> {
    if title.is_empty() { Err(text) } else { Ok(title.len() + text.len()) }
}

pub async fn write(draft: Arc<Mutex<Draft>>, line: &str) -> Result<usize, String> {
    let mut open = draft.lock().unwrap();
    // first the line, then the title
    open.lines.push(line.to_string());
    let mut title = open.title.clone();
    drop(open);
    title.push('!');
    let size = store(title, line.to_owned()).await?;
    Ok(size)
}

pub async fn save(draft: &Mutex<Draft>) -> Result<usize, String> {
    let mut open = draft.lock().unwrap();
    let text = open.lines.join(" ");
    let size = store(open.title.clone(), text).await?;
    open.stored += size;
    Ok(open.stored)
}

fn done<F: Future + Send>(task: F) -> F::Output {
    let mut task = std::pin::pin!(task);
    match task.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("nothing waits"),
    }
}

#[test]
fn a_draft_is_stored() {
    let draft = Arc::new(Mutex::new(Draft::default()));
    assert_eq!(done(save(&draft)), Err(String::new()));
    assert_eq!(done(write(draft.clone(), "ab")), Ok(3));
    draft.lock().unwrap().title.push('t');
    assert_eq!(done(save(&draft)), Ok(3));
    assert_eq!(done(save(&draft)), Ok(6));
}
