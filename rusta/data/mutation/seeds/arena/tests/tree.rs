use arena::{Arena, Id};

fn family() -> (Arena<String>, [Id; 4]) {
    let (mut arena, root) = Arena::new("root".to_string());
    let left = arena.add(root, "left".to_string());
    let right = arena.add(root, "right".to_string());
    let leaf = arena.add(left, "leaf".to_string());
    (arena, [root, left, right, leaf])
}

#[test]
fn parents_come_before_children() {
    let (arena, [root, left, ..]) = family();
    let names: Vec<&String> = arena.walk(root).values().collect();
    assert_eq!(names, ["root", "left", "leaf", "right"]);
    assert_eq!(arena.children(left).count(), 1);
}

#[test]
fn nothing_hangs_under_itself() {
    let (mut arena, [root, left, right, leaf]) = family();
    assert!(!arena.hang(left, leaf));
    assert!(arena.hang(left, right));
    assert_eq!(arena.path(leaf), [root, right, left, leaf]);
    assert_eq!(arena.children(root).count(), 1);
}

#[test]
fn values_change() {
    let (mut arena, [root, left, right, _]) = family();
    arena[left].push_str("most");
    let (a, b) = arena.two(left, right).unwrap();
    std::mem::swap(a, b);
    assert_eq!(arena[right], "leftmost");
    assert_eq!(arena.largest(root).1, "root");
    assert!(arena.two(right, left).is_none());
}
