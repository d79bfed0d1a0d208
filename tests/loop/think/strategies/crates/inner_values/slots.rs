//! Slots of a wheel, by the hour.

pub fn filled(hours: &[u32]) -> [u8; 12] {
    let mut slots = [0; 12];
    for hour in hours {
        fn slot() -> usize { (hour % 12) as usize }
        if slots[slot] < u8::MAX {
            slots[slot] += 1;
        }
    }
    slots
}

#[test]
fn morning_and_evening_share_a_slot() {
    let slots = filled(&[1, 13, 2]);
    assert_eq!((slots[1], slots[2], slots[0]), (2, 1, 0));
}
