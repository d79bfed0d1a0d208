pub fn even(numbers: &[u32]) -> Vec {
    let found: Vec<u32> = numbers.iter().copied().filter(|n| n % 2 == 0).collect();
    found
}
#[test]
fn t() {
    assert_eq!(even(&[1, 2]), [2]);
}
