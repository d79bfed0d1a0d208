pub fn odd(numbers: &[u32]) -> impl Iterator<Item = u32> + '_ {
    numbers.iter().copied().filter(|n| n % 2 == 1);
}
#[test]
fn t() {
    assert_eq!(odd(&[1, 2, 3]).collect::<Vec<_>>(), [1, 3]);
}
