use ring::Ring;

#[test]
fn a_vector_fills_a_ring() {
    let mut ring = Ring::from(vec!['a', 'b', 'c']);
    assert!(ring.is_full());
    assert_eq!(ring.push('d'), Some('a'));
    assert!(Ring::<u8>::from(Vec::new()).is_empty());
}
