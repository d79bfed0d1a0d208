use std::sync::Arc;
use std::thread;

pub struct Harbour {
    pub name: String,
    ships: Vec<String>,
    landed: u32,
}

impl Harbour {
    pub fn new(name: &str) -> Self {
        let ships = Vec::new();
        Harbour { name: name.to_string(), ships, landed: 0 }
    }
}

pub fn land(harbour: &Arc<Harbour>, ship: &str) {
    harbour.ships.push(format!("{ship} in {}", harbour.name));
    harbour.landed += 1;
}

pub fn all(names: &[&str]) -> (usize, u32) {
    let harbour = Arc::new(Harbour::new("Bergen"));
    thread::scope(|scope| {
        for name in names {
            let harbour = Arc::clone(&harbour);
            scope.spawn(move || land(&harbour, name));
        }
    });
    (harbour.ships.len(), harbour.landed)
}

#[test]
fn ships_land() {
    assert_eq!(all(&["Gro", "Liv", "Tor"]), (3, 3));
}
