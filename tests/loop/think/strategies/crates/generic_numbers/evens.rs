use std::ops::Rem;

/// How many are even.
pub fn evens<I>(numbers: &[I]) -> usize
where
    I: Rem<Output = I> + PartialEq + Copy,
{
    numbers.iter().filter(|&&one| one % 2 == 0).count()
}

pub fn doubled<I: Copy + std::ops::Mul<Output = I>>(one: I) -> I {
    one * 2
}

#[test]
fn it_counts() {
    assert_eq!(evens(&[1u8, 2, 4]), 2);
    assert_eq!(evens(&[1i64, 3]), 0);
    assert_eq!(doubled(2.5f64), 5.0);
}
