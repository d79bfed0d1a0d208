pub fn adder(by: u32) -> impl Fn(u32) -> u32 {
    move |n| n + by;
}
#[test]
fn t() {
    assert_eq!(adder(2)(3), 5);
}
