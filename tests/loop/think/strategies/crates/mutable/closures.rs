//! A closure that changes what is around it, handed to a function that asks for less.
pub struct Events {
    pub names: Vec<String>,
}

impl Events {
    pub fn each<F>(&self, prefix: &str, seen: F)
    where
        F: Fn(&str),
    {
        for name in self.names.iter().filter(|name| name.starts_with(prefix)) {
            seen(name);
        }
    }
}

pub fn count(events: &Events, prefix: &str) -> (usize, String) {
    let mut n = 0;
    let mut all = String::new();
    events.each(prefix, |name| {
        n += 1;
        all.push_str(name);
    });
    (n, all)
}

fn repeated(times: usize, step: &dyn Fn(usize)) {
    for n in 0..times {
        step(n);
    }
}

pub fn squares(count: usize) -> Vec<usize> {
    let found = Vec::new();
    repeated(count, &|n| found.push(n * n));
    found
}

#[test]
fn what_is_seen_is_counted() {
    let events = Events { names: vec!["up".into(), "upper".into(), "down".into()] };
    assert_eq!(count(&events, "up"), (2, "upupper".to_string()));
    assert_eq!(squares(3), [0, 1, 4]);
}
