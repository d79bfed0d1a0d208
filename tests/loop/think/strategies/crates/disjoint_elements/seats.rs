/// Swaps the guests of two seats, and says whether both are there.
pub fn swap(seats: &mut [Option<String>], one: usize, other: usize) -> bool {
    if let (Some(left), Some(right)) = (seats.get_mut(one), seats.get_mut(other)) {
        std::mem::swap(left, right);
        return true;
    }
    false
}

#[test]
fn it_swaps() {
    let mut seats = vec![Some("ann".to_string()), None];
    assert!(swap(&mut seats, 0, 1));
    assert_eq!(seats, [None, Some("ann".to_string())]);
    assert!(!swap(&mut seats, 0, 2));
}
