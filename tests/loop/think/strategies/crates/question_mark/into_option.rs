//! `?` on a `Result` in a function that returns an `Option`, and in one that returns nothing.
pub fn minutes(text: &str) -> Option<u32> {
    let (hours, rest) = text.split_once(':')?;
    let hours: u32 = hours.parse()?;
    Some(hours * 60 + rest.parse::<u32>()?)
}

#[test]
fn a_time_is_read() {
    assert_eq!(minutes("2:05"), Some(125));
    assert_eq!(minutes("2:x"), None);
}
