//! Alarms call whoever listens, from a thread of their own.

pub mod listeners {
    use std::cell::RefCell;
    use std::rc::Rc as Shared;

    pub trait Listener {
        fn heard(&self, alarm: &str);
        fn count(&self) -> usize;
    }

    #[derive(Default)]
    pub struct Log(RefCell<Vec<String>>);

    impl Listener for Log {
        fn heard(&self, alarm: &str) {
            self.0.borrow_mut().push(alarm.to_owned());
        }
        fn count(&self) -> usize {
            self.0.borrow().len()
        }
    }

    #[derive(Clone, Default)]
    pub struct Alarms {
        listeners: Shared<RefCell<Vec<Shared<dyn Listener>>>>,
        filters: Vec<Shared<dyn Fn(&str) -> bool>>,
    }

    impl Alarms {
        pub fn listen(&self, listener: Shared<dyn Listener>) {
            self.listeners.borrow_mut().push(listener);
        }

        pub fn filtered<F>(mut self, filter: F) -> Self
        where
            F: Fn(&str) -> bool + 'static,
        {
            self.filters.push(Shared::new(filter));
            self
        }

        pub fn only(mut self, filter: impl Fn(&str) -> bool + 'static) -> Self {
            self.filters.push(Shared::new(filter));
            self
        }

        pub fn ring(&self, alarm: &str) {
            if self.filters.iter().all(|filter| filter(alarm)) {
                for listener in self.listeners.borrow().iter() {
                    listener.heard(alarm);
                }
            }
        }

        pub fn log(&self) -> Shared<Log> {
            let log = Shared::new(Log::default());
            self.listen(log.clone());
            log
        }
    }
}

pub fn ring_from_afar(alarms: &listeners::Alarms, names: &[&'static str]) {
    let threads: Vec<_> = names
        .iter()
        .map(|name| {
            let (alarms, name) = (alarms.clone(), *name);
            std::thread::spawn(move || alarms.ring(name))
        })
        .collect();
    for thread in threads {
        thread.join().expect("an alarm rings");
    }
}

#[test]
fn who_listens_hears_what_is_let_through() {
    use listeners::Listener;
    let alarms = listeners::Alarms::default().filtered(|name| name != "test").only(|name| !name.is_empty());
    let log = alarms.log();
    ring_from_afar(&alarms, &["fire", "test", "", "flood"]);
    assert_eq!(log.count(), 2);
}
