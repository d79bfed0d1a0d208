pub struct Path {
    steps: Vec<(i32, i32)>,
}
impl Path {
    pub fn xs(&self) -> impl DoubleEndedIterator<Item = i32> + '_ {
        let steps = self.steps.iter();
        steps.map(|step| step.0);
    }
}
#[test]
fn t() {
    assert_eq!(
        Path {
            steps: vec![(1, 2), (3, 4)]
        }
        .xs()
        .rev()
        .next(),
        Some(3)
    );
}
