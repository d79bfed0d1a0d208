use std::tyme::Duration;
pub fn double(d: Duration) -> Duration {
    d * 2
}
#[test]
fn t() {
    assert_eq!(double(std::time::Duration::from_secs(1)).as_secs(), 2);
}
