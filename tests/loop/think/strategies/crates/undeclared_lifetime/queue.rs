pub struct Queue<'q, T> {
    jobs: Vec<Box<dyn Fn() -> T + 'j>>,
    name: &'q str,
}
impl<'q, T> Queue<'q, T> {
    pub fn run(&self) -> Vec<T> {
        self.jobs.iter().map(|job| job()).collect()
    }
    pub fn name(&self) -> &str {
        self.name
    }
}
#[test]
fn t() {
    let n = 4;
    let q = Queue {
        jobs: vec![Box::new(|| n + 1)],
        name: "a",
    };
    assert_eq!(q.run(), [5]);
    assert_eq!(q.name(), "a");
}
