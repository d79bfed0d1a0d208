use tree_remove::Tree;

fn tree() -> Tree<String> {
    let mut tree = Tree::new();
    for key in [50, 20, 80, 10, 30, 60, 90, 55, 65] {
        assert_eq!(tree.insert(key, format!("v{key}")), None);
    }
    tree
}

#[test]
fn leaves_and_inner_nodes_go() {
    let mut tree = tree();
    assert_eq!(tree.remove(10).as_deref(), Some("v10"));
    assert_eq!(tree.remove(20).as_deref(), Some("v20"));
    assert_eq!(tree.remove(80).as_deref(), Some("v80"));
    assert_eq!(tree.keys(), [30, 50, 55, 60, 65, 90]);
}

#[test]
fn the_root_goes_and_the_order_stays() {
    let mut tree = tree();
    assert_eq!(tree.remove(50).as_deref(), Some("v50"));
    assert_eq!(tree.remove(50), None);
    assert_eq!(tree.keys(), [10, 20, 30, 55, 60, 65, 80, 90]);
    assert_eq!(tree.insert(55, "new".to_owned()).as_deref(), Some("v55"));
    for key in tree.keys() {
        assert!(tree.remove(key).is_some());
    }
    assert!(tree.keys().is_empty());
}
