pub struct Log<'l> {
    lines: Vec<&'l str>,
}
impl<'l> Log<'l> {
    pub fn last(&self) -> Option<&'static str> {
        self.lines.last().copied()
    }
}
#[test]
fn t() {
    let text = String::from("one");
    assert_eq!(Log { lines: vec![&text] }.last(), Some("one"));
}
