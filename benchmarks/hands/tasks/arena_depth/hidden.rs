use arena::Arena;

#[test]
fn depth_is_counted_from_the_root() {
    let (mut arena, root) = Arena::new(1);
    let child = arena.add(root, 2);
    let leaf = arena.add(child, 3);
    assert_eq!([root, child, leaf].map(|id| arena.depth(id)), [0, 1, 2]);
}
