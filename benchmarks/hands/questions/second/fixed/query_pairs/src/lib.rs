/// The pairs after the `?` of a URL; it copies no text.
pub struct Query<'a> {
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Query<'a> {
    pub fn parse(url: &'a str) -> Query<'a> {
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
    pub fn default_to(&mut self, key: &'a str, value: &'a str) {
        if self.get(key).is_none() {
            self.pairs.push((key, value));
        }
    }

    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }
}

/// The value of `key` in the first URL, or else in the second, or else "".
pub fn either<'a>(first: &'a str, second: &'a str, key: &str) -> &'a str {
    let found = Query::parse(first).get(key);
    found.or(Query::parse(second).get(key)).unwrap_or("")
}
