#[derive(Debug, PartialEq, Clone)]
pub struct Entry {
    pub level: String,
    pub text: String,
}

pub fn parse(log: &str) -> Vec<Entry> {
    log.lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(level, text)| Entry { level, text })
        .collect()
}

pub fn with_level(entries: &Vec<Entry>, level: &str) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.level == level).collect()
}

pub fn longest(entries: &[Entry]) -> Entry {
    entries.iter().max_by_key(|entry| entry.text.len())
}

pub fn levels(entries: &[Entry]) -> Vec<&str> {
    let mut all: Vec<&str> = entries.iter().map(|entry| entry.level).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn a_log_is_filtered() {
    let entries = parse("warn: disk\ninfo: up again\n\nwarn: heat");
    assert_eq!(with_level(&entries, "warn").len(), 2);
    assert_eq!(longest(&entries).text, "up again");
    assert_eq!(levels(&entries), ["info", "warn"]);
}
