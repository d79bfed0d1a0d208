//! Words of a sentence that is made on the way.

pub fn longest(name: &str, age: u32) -> usize {
    let words: Vec<&str> = format!("{name} is {age} years old").split(' ').collect();
    words.iter().map(|word| word.len()).max().unwrap_or(0)
}

#[test]
fn the_longest_word_is_found() {
    assert_eq!(longest("Bartholomew", 3), 11);
}
