//! Vectors of a fixed length, from iterators.
pub mod sums {
    pub fn added<const N: usize>(one: [i32; N], other: [i32; N]) -> [i32; N] {
        one.iter().zip(other.iter()).map(|(a, b)| a + b).collect()
    }

    pub fn first_three(text: &str) -> [char; 3] {
        let signs = text.chars().take(3).collect::<[char; 3]>();
        signs
    }
}

#[test]
fn arrays_are_collected() {
    assert_eq!(sums::added([1, 2], [3, 4]), [4, 6]);
    assert_eq!(sums::first_three("abcd"), ['a', 'b', 'c']);
}
