pub struct Page<'p> {
    words: Vec<&'w str>,
    title: &'p str,
}
impl<'p> Page<'p> {
    pub fn first(&self) -> Option<&'p str> {
        self.words.first().copied().or(Some(self.title))
    }
}
#[test]
fn t() {
    assert_eq!(
        Page {
            words: vec![],
            title: "x"
        }
        .first(),
        Some("x")
    );
}
