use std::ops::AddAssign;

pub struct Gauge<T> {
    seen: Vec<T>,
}

impl<T: AddAssign + Copy> Gauge<T> {
    pub fn new(seen: Vec<T>) -> Self {
        Gauge { seen }
    }

    /// All together.
    pub fn total(&self) -> T {
        let mut sum = 0;
        for one in &self.seen {
            sum += *one;
        }
        sum
    }
}

#[test]
fn it_sums() {
    assert_eq!(Gauge::new(vec![2u8, 3]).total(), 5);
    assert_eq!(Gauge::new(vec![0.5f64]).total(), 0.5);
}
