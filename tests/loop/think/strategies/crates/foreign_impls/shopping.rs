use std::fmt;

#[derive(Debug)]
pub struct Item {
    pub name: String,
    pub cents: u32,
}

/// A line for each item.
impl fmt::Display for Vec<Item> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in self {
            writeln!(f, "{:>5} {}", item.cents, item.name)?;
        }
        write!(f, "{} things", self.len())
    }
}

pub fn bill(items: &Vec<Item>) -> String {
    let text = items.to_string();
    format!("{text}\n{items}").lines().last().unwrap_or_default().to_string() + &format!(" ({})", text.len())
}

#[test]
fn it_is_shown() {
    let items = vec![Item { name: "tea".into(), cents: 250 }];
    assert_eq!(bill(&items), "1 things (18)");
}
