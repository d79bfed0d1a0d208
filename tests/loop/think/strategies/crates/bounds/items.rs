//! What an iterator yields is told, and a list is filled with what a type is by default.
pub fn joined<I: Iterator>(things: I) -> String {
    let mut said = String::new();
    for thing in things {
        said += &thing.to_string();
    }
    said
}

pub fn filled<T>(count: usize) -> Vec<T> {
    vec![T::default(); count]
}

#[test]
fn items_are_told() {
    assert_eq!(joined([1, 2].iter()), "12");
    assert_eq!(filled::<u8>(2), [0, 0]);
}
