//! A menu that is read off a board; nobody owns its words.
pub struct Menu<'w, const N: usize> {
    dishes: [(&'w str, u32); N],
    note: String,
}

impl<'w, const N: usize> Menu<'w, N> {
    pub fn cheap(&self, limit: u32) -> impl Iterator<Item = &'w str> + Clone {
        self.dishes.iter().filter(|(_, price)| *price <= limit).map(|(name, _)| *name)
    }

    /// Dishes whose name has one of the letters.
    pub fn with_any<'l>(&self, letters: &'l [char], but: &str) -> impl Iterator<Item = (usize, &'w str)> {
        let least = 2;
        self.dishes
            .iter()
            .map(|dish| dish.0)
            .filter(|name| letters.iter().any(|one| name.contains(*one)) && *name != but)
            .filter(|name| name.len() >= least)
            .enumerate()
    }

    pub fn note(&self) -> &'w str {
        self.note.trim()
    }
}

#[test]
fn dishes_are_found() {
    let board = String::from("soup bread");
    let (soup, bread) = board.split_at(4);
    let menu = Menu { dishes: [(soup, 4), (bread.trim(), 2), ("x", 1)], note: " hot ".to_string() };
    assert_eq!(menu.cheap(2).collect::<Vec<_>>(), ["bread", "x"]);
    let but = String::from("soup");
    assert_eq!(menu.with_any(&['e', 'u', 'x'], &but).collect::<Vec<_>>(), [(0, "bread")]);
    assert_eq!(menu.note(), "hot");
}
