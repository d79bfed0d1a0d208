//! Steps around in a list, without a question for what lies below zero: the list itself says what is there.
pub struct Stops(pub Vec<&'static str>);

impl Stops {
    pub fn beside(&self, at: usize) -> Vec<&'static str> {
        [-1i32, 1].iter().filter_map(|step| self.0.get(at + *step)).copied().collect()
    }

    pub fn sum(&self, weights: &[u32], at: usize) -> u64 {
        let mut sum = 0u64;
        for (n, step) in [-1isize, 0, 1].into_iter().enumerate() {
            if let Some(weight) = weights.get(step + at) {
                sum += weight * (n + 1) as u64;
            }
        }
        sum
    }
}

#[test]
fn the_ends_have_one_neighbour() {
    let stops = Stops(vec!["mill", "bridge", "church"]);
    assert_eq!(stops.beside(0), ["bridge"]);
    assert_eq!(stops.beside(1), ["mill", "church"]);
    assert_eq!(stops.sum(&[5, 7], 0), 2 * 5 + 3 * 7);
}
