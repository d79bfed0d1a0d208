//! Tags in a text, and how often each is there.

use std::collections::HashMap;

struct Tags;

impl Tags {
    fn found(&self, text: &str) -> Vec<String> {
        let mut found: Vec<&str> = Vec::new();
        for word in text.split(' ') {
            let low = word.to_lowercase();
            if low.starts_with('#') {
                found.push(low.trim_start_matches('#'));
            }
        }
        found.iter().map(|one| one.to_string()).collect()
    }

    fn counted(&self, text: &str) -> usize {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for tag in self.found(text) {
            // one more of these
            *counts.entry(tag.as_str()).or_insert(0) += 1;
        }
        counts.values().copied().max().unwrap_or(0)
    }
}

#[test]
fn tags_are_counted() {
    assert_eq!(Tags.found("#A b #Cd"), ["a", "cd"]);
    assert_eq!(Tags.counted("#a #A #b"), 2);
}
