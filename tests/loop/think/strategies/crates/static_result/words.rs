pub fn long<'w>(words: &[&'w str]) -> Vec<&'static str> {
    words
        .iter()
        .copied()
        .filter(|word| word.len() > 3)
        .collect()
}
#[test]
fn t() {
    let text = String::from("a long one");
    let words: Vec<&str> = text.split(' ').collect();
    assert_eq!(long(&words), ["long"]);
}
