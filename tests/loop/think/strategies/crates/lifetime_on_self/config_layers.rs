//! Settings in layers: what was set last wins.

pub struct Layers<'n> {
    name: &'n str,
    set: Vec<(String, String)>,
}

impl<'n> Layers<'n> {
    pub fn new(name: &'n str) -> Self {
        Layers { name, set: vec![] }
    }

    pub fn set(self: &'n mut Self, key: &str, value: &str) -> usize {
        self.set.push((format!("{}.{key}", self.name), value.to_owned()));
        self.set.len()
    }

    pub fn get(&'n self, key: &str) -> Option<&'n str> {
        let whole = format!("{}.{key}", self.name);
        self.set.iter().rev().find(|(one, _)| *one == whole).map(|(_, value)| value.as_str())
    }

    pub fn get_or(&'n self, key: &str, other: &'n str) -> &'n str {
        self.get(key).unwrap_or(other)
    }
}

pub fn built() -> String {
    let mut layers = Layers::new("net");
    layers.set("port", "80");
    let before = layers.get_or("port", "none").to_owned();
    layers.set("port", "8080");
    let host = layers.get("host").is_some();
    format!("{before} {} {host}", layers.get_or("port", "none"))
}

#[test]
fn the_last_one_wins() {
    assert_eq!(built(), "80 8080 false");
}
