//! Steps that a picture's brightness goes through.
pub struct Pipeline {
    steps: Vec<Fn(i32) -> i32>,
}

impl Pipeline {
    pub fn new() -> Self { Pipeline { steps: Vec::new() } }

    pub fn step(mut self, f: Fn(i32) -> i32) -> Self {
        self.steps.push(f);
        self
    }

    pub fn run(&self, value: i32) -> i32 {
        self.steps.iter().fold(value, |v, f| f(v))
    }
}

pub fn brighten(by: i32) -> Fn(i32) -> i32 {
    |v| v + by
}
pub fn bright() -> Pipeline {
    Pipeline::new().step(brighten(10)).step(|v| v.min(255))
}
#[test]
fn t() {
    assert_eq!(bright().run(250), 255);
    assert_eq!(bright().run(1), 11);
}
