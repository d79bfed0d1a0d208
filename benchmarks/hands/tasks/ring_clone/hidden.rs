use ring::Ring;

#[test]
fn a_copy_is_equal_and_apart() {
    let mut ring = Ring::with_capacity(2);
    ring.push(1);
    let copy = ring.clone();
    assert_eq!(copy, ring);
    ring.push(2);
    assert_ne!(copy, ring);
}
