use graph::Graph;

#[test]
fn edges_are_removed() {
    let mut graph = Graph::new();
    graph.connect("a", "b", 1).connect("a", "b", 2).connect("a", "c", 1);
    assert!(graph.disconnect("a", "b"));
    assert!(!graph.disconnect("a", "b"));
    assert!(!graph.disconnect("x", "b"));
    assert_eq!(graph.reachable("a"), ["a", "c"]);
}
