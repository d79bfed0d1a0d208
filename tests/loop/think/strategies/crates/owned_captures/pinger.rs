//! Hosts are asked on threads of their own, and what they say comes back over a channel.

use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Way {
    Short,
    Long,
}

struct Settings {
    prefix: String,
    times: usize,
}

pub struct Pinger {
    settings: Settings,
    way: Way,
    said: Sender<String>,
}

impl Pinger {
    pub fn new() -> (Self, Receiver<String>) {
        let (said, heard) = channel();
        let settings = Settings { prefix: "ping".into(), times: 2 };
        (Pinger { settings, way: Way::Long, said }, heard)
    }

    pub fn ask(&self, hosts: &[String]) -> usize {
        for host in hosts {
            thread::spawn(move || {
                for _ in 0..self.settings.times {
                    let way = if self.way == Way::Long { "far" } else { "near" };
                    self.said.send(format!("{} {host} {way}", self.settings.prefix)).unwrap();
                }
            });
        }
        hosts.len()
    }
}

#[test]
fn every_host_is_asked_twice() {
    let (pinger, heard) = Pinger::new();
    assert_eq!(pinger.ask(&["a".to_owned(), "b".to_owned()]), 2);
    drop(pinger);
    let mut all: Vec<String> = heard.iter().collect();
    all.sort();
    assert_eq!(all, ["ping a far", "ping a far", "ping b far", "ping b far"]);
}
