use ring::Ring;

#[test]
fn the_newest_is_last() {
    let mut ring = Ring::with_capacity(2);
    assert_eq!(ring.last(), None::<&i32>);
    ring.extend([1, 2, 3]);
    assert_eq!(ring.last(), Some(&3));
    assert_eq!(ring.len(), 2);
}
