#[derive(Clone, Copy)]
pub struct Plot<N> {
    pub width: N,
    pub depth: N,
}

impl<N> Plot<N> {
    /// In square metres.
    pub fn area(&self) -> f64 {
        self.width as f64 * self.depth as f64
    }
}

#[test]
fn it_has_an_area() {
    assert_eq!(Plot { width: 2u32, depth: 4 }.area(), 8.0);
    assert_eq!(Plot { width: 0.5f32, depth: 4.0 }.area(), 2.0);
}
