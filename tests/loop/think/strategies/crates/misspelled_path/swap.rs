pub fn swap(a: &mut u8, b: &mut u8) {
    std::memm::swap(a, b)
}
#[test]
fn t() {
    let (mut a, mut b) = (1, 2);
    swap(&mut a, &mut b);
    assert_eq!((a, b), (2, 1));
}
