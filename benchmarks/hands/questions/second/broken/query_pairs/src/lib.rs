/// The pairs after the `?` of a URL; it copies no text.
pub struct Query {
    pairs: Vec<(&str, &str)>,
}

impl Query {
    pub fn parse(url: &str) -> Query {
        let tail = match url.split_once('?') {
            Some((_, tail)) => tail,
            None => "",
        };
        let pairs = tail
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .collect();
        Query { pairs }
    }

    /// Adds the pair unless the key is there.
    pub fn default_to(&mut self, key: &str, value: &str) {
        if self.get(key).is_none() {
            self.pairs.push((key, value));
        }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }
}

/// The value of `key` in the first URL, or else in the second, or else "".
pub fn either(first: &str, second: &str, key: &str) -> &str {
    let found = Query::parse(first).get(key);
    found.or(Query::parse(second).get(key)).unwrap_or("")
}
