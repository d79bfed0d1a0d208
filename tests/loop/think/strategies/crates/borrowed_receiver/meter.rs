pub struct Meter {
    read: Vec<f64>,
}
impl Meter {
    pub fn mean(self) -> f64 {
        self.read.iter().sum::<f64>() / self.read.len() as f64
    }
}
pub fn twice(meter: Meter) -> f64 {
    meter.mean() + meter.mean()
}
#[test]
fn t() {
    assert_eq!(
        twice(Meter {
            read: vec![1.0, 3.0]
        }),
        4.0
    );
}
