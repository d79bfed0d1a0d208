//! Numbers of many widths that meet in an index, a sum, a mean and a comparison.
pub struct Histogram {
    buckets: [u32; 16],
    seen: u64,
}

impl Histogram {
    pub fn new() -> Self {
        Histogram { buckets: [0; 16], seen: 0 }
    }

    pub fn add(&mut self, value: u8, weight: u16) {
        self.buckets[value >> 4] += weight;
        self.seen += weight;
    }

    pub fn at(&self, bucket: u32) -> u32 {
        self.buckets[bucket]
    }

    pub fn mean(&self) -> f64 {
        let sum: u32 = self.buckets.iter().sum();
        sum / self.buckets.len() as f64
    }

    pub fn share(&self, bucket: usize) -> f64 {
        f64::from(self.buckets[bucket]) / self.seen
    }

    pub fn busiest(&self) -> u8 {
        (0..16).max_by_key(|at| self.buckets[*at]).unwrap_or(0)
    }

    pub fn full(&self, limit: u32) -> bool {
        self.seen >= limit
    }
}

#[test]
fn weights_are_added() {
    let mut histogram = Histogram::new();
    histogram.add(0x21, 3);
    histogram.add(0x2f, 1);
    histogram.add(0xf0, 12);
    assert_eq!((histogram.at(2), histogram.busiest()), (4, 15));
    assert_eq!((histogram.mean(), histogram.share(15)), (1.0, 0.75));
    assert!(histogram.full(16) && !histogram.full(17));
}
