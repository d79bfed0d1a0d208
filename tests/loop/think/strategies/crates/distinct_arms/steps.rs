//! Steps of a dance, one after the other.
pub fn danced(beats: u32, turns: &[i32]) -> i32 {
    let back = beats % 2 == 1;
    let order = if back { turns.iter().rev() } else { turns.iter().skip(1) };
    let mut at = 0;
    let rest = at + beats as i32;
    let steps = vec![|turn: i32| turn + rest, |turn: i32| turn * 2 - rest];
    for (turn, step) in order.zip(steps.iter().cycle()) {
        at += step(*turn);
    }
    at
}

#[test]
fn a_dance_ends_somewhere() {
    assert_eq!(danced(2, &[1, 2, 3]), 2 + 2 + 6 - 2);
    assert_eq!(danced(1, &[1, 2]), 2 + 1 + 2 - 1);
}
