//! Messages are handed on one by one.
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{pin, Pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
pub struct Inbox {
    waiting: VecDeque<String>,
    sent: Vec<String>,
}

impl Inbox {
    fn next_one(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }
}

/// Is done when it is asked for the second time.
#[derive(Default)]
pub struct Later(bool);

impl Future for Later {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

type Task = Pin<Box<dyn Future<Output = usize> + Send>>;

fn spawned(task: impl Future<Output = usize> + Send + 'static) -> Task {
    Box::pin(task)
}

pub fn relay(inbox: Arc<Mutex<Inbox>>) -> Task {
    spawned(async move {
        let mut count = 0;
        // one after another
        let mut open = inbox.lock().unwrap();
        while let Some(message) = open.next_one() {
            Later::default().await;
            if message == "stop" {
                break;
            }
            open.sent.push(message);
            count += 1;
        }
        count
    })
}

pub fn report(inbox: Arc<Mutex<Inbox>>) -> Task {
    spawned(async move {
        let mut open = inbox.lock().unwrap();
        let all = open.sent.len();
        open.sent.clear();
        if all > 0 {
            Later::default().await;
        }
        all
    })
}

pub fn run(tasks: Vec<Task>) -> Vec<usize> {
    let mut context = Context::from_waker(Waker::noop());
    tasks
        .into_iter()
        .map(|task| {
            let mut task = pin!(task);
            loop {
                if let Poll::Ready(done) = task.as_mut().poll(&mut context) {
                    return done;
                }
            }
        })
        .collect()
}

#[test]
fn messages_are_sent() {
    let inbox = Arc::new(Mutex::new(Inbox::default()));
    inbox.lock().unwrap().waiting.extend(["a", "b", "stop", "c"].map(String::from));
    assert_eq!(run(vec![relay(inbox.clone()), report(inbox.clone())]), [2, 2]);
    assert_eq!(inbox.lock().unwrap().waiting.len(), 1);
}
