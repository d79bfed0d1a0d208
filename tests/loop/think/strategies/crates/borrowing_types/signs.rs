/// The first of the lines in `left`, or else in `right`, that has the word `key` in it.
pub fn line(left: &str, right: &str, key: &str) -> &str {
    for text in [left, right] {
        if let Some(found) = text.lines().find(|one| one.contains(key)) {
            return found;
        }
    }
    ""
}

/// The value behind `name=`.
pub fn value(text: &str, name: &String) -> Option<&str> {
    text.split(' ').filter_map(|pair| pair.split_once('=')).find(|(key, _)| key == name).map(|(_, value)| value)
}

#[test]
fn what_is_found_outlives_the_key() {
    let (left, right) = (String::from("to Rome\nto Bern"), String::from("to Oslo"));
    let found = {
        let key = String::from("Oslo");
        line(&left, &right, &key)
    };
    assert_eq!(found, "to Oslo");
    let km = {
        let name = String::from("km");
        value("town=Bern km=40", &name)
    };
    assert_eq!(km, Some("40"));
}
