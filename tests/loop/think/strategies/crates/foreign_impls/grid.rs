use std::collections::HashMap;

impl<K: Clone + Ord, V> HashMap<K, V> {
    fn sorted_keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.keys().cloned().collect();
        keys.sort();
        keys
    }
}

impl str {
    fn vowels(&self) -> usize {
        self.chars().filter(|c| "aeiou".contains(*c)).count()
    }
}

pub fn summary(pages: &HashMap<String, u32>) -> Vec<(String, usize)> {
    pages.sorted_keys().into_iter().map(|key| { let n = key.vowels(); (key, n) }).collect()
}

#[test]
fn it_is_sorted() {
    let pages = HashMap::from([("tea".to_string(), 1), ("sky".to_string(), 2)]);
    assert_eq!(summary(&pages), [("sky".to_string(), 0), ("tea".to_string(), 2)]);
}
