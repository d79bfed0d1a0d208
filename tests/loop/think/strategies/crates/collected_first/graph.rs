//! A graph whose nodes are visited from one of them.

use std::sync::atomic::{AtomicU32, Ordering};

struct Edge {
    to: usize,
    label: String,
    used: AtomicU32,
}

struct Graph {
    edges: Vec<Vec<Edge>>,
    seen: Vec<bool>,
    order: Vec<(usize, String)>,
}

fn visit(graph: &mut Graph, node: usize, by: &str) {
    if graph.seen[node] {
        return;
    }
    graph.seen[node] = true;
    graph.order.push((node, by.to_owned()));
    for edge in &graph.edges[node] {
        visit(graph, edge.to, &edge.label);
    }
}

#[test]
fn every_node_is_visited_once() {
    let edge = |to, label: &str| Edge { to, label: label.into(), used: AtomicU32::new(0) };
    let mut graph = Graph {
        edges: vec![vec![edge(2, "a"), edge(1, "b")], vec![], vec![edge(1, "c"), edge(0, "d")]],
        seen: vec![false; 3],
        order: vec![],
    };
    visit(&mut graph, 0, "start");
    assert_eq!(graph.order, [(0, "start".into()), (2, "a".into()), (1, "c".into())]);
    assert_eq!(graph.edges[0][0].used.load(Ordering::Relaxed), 0);
}
