pub struct Bag {
    items: Vec<(String, u8)>,
}
impl Bag {
    pub fn heaviest(&self) -> Option {
        let best: Option<(String, u8)> = self.items.iter().max_by_key(|(_, w)| *w).cloned();
        best
    }
}
#[test]
fn t() {
    assert_eq!(
        Bag {
            items: vec![("a".into(), 1), ("b".into(), 2)]
        }
        .heaviest()
        .unwrap()
        .0,
        "b"
    );
}
