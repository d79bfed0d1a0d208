pub enum Leaf<'t> {
    Text(&'a str),
    Gap,
}
pub fn size(leaf: &Leaf<'_>) -> usize {
    match leaf {
        Leaf::Text(text) => text.len(),
        Leaf::Gap => 0,
    }
}
pub fn both<'t>(text: &'t str) -> [Leaf<'t>; 2] {
    [Leaf::Text(text), Leaf::Gap]
}
#[test]
fn t() {
    assert_eq!(both("abc").iter().map(size).sum::<usize>(), 3);
}
