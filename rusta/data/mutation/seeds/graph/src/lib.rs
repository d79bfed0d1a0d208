//! Graphs with named nodes: reachability, shortest paths, topological order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};

#[derive(Debug, Default)]
pub struct Graph {
    edges: BTreeMap<String, Vec<Edge>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Edge {
    to: String,
    cost: u32,
}

#[derive(Debug, PartialEq)]
pub struct Cycle<'g>(pub Vec<&'g str>);

impl Graph {
    pub fn new() -> Self {
        Graph::default()
    }

    pub fn connect(&mut self, from: &str, to: &str, cost: u32) -> &mut Self {
        self.edges.entry(to.to_string()).or_default();
        let list = self.edges.entry(from.to_string()).or_default();
        list.push(Edge { to: to.to_string(), cost });
        self
    }

    fn neighbours<'g>(&'g self, node: &str) -> impl Iterator<Item = &'g Edge> {
        self.edges.get(node).into_iter().flatten()
    }

    /// Every node that can be reached, nearest first.
    pub fn reachable<'g>(&'g self, start: &'g str) -> Vec<&'g str> {
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([start]);
        let mut order = Vec::new();
        while let Some(node) = queue.pop_front() {
            order.push(node);
            for edge in self.neighbours(node) {
                if seen.insert(&edge.to) {
                    queue.push_back(&edge.to);
                }
            }
        }
        order
    }

    /// The cheapest way and its cost.
    pub fn path(&self, start: &str, goal: &str) -> Option<(u32, Vec<String>)> {
        let mut best: HashMap<&str, u32> = HashMap::new();
        let mut came: HashMap<&str, &str> = HashMap::new();
        let mut open = BinaryHeap::new();
        open.push((Reverse(0), start));
        while let Some((Reverse(cost), node)) = open.pop() {
            if node == goal {
                let mut steps = vec![node.to_string()];
                let mut current = node;
                while let Some(&before) = came.get(current) {
                    steps.push(before.to_string());
                    current = before;
                }
                steps.reverse();
                return Some((cost, steps));
            }
            for edge in self.neighbours(node) {
                let total = cost + edge.cost;
                let known = best.get(edge.to.as_str()).copied().unwrap_or(u32::MAX);
                if total < known && edge.to != start {
                    best.insert(&edge.to, total);
                    came.insert(&edge.to, node);
                    open.push((Reverse(total), &edge.to));
                }
            }
        }
        None
    }

    pub fn order(&self) -> Result<Vec<&str>, Cycle<'_>> {
        let mut waiting: BTreeMap<&str, usize> = self.edges.keys().map(|name| (name.as_str(), 0)).collect();
        for edge in self.edges.values().flatten() {
            *waiting.entry(edge.to.as_str()).or_insert(0) += 1;
        }
        let mut ready: VecDeque<&str> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
        let mut done = Vec::new();
        while let Some(node) = ready.pop_front() {
            done.push(node);
            waiting.remove(node);
            for edge in self.neighbours(node) {
                if let Some(count) = waiting.get_mut(edge.to.as_str()) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push_back(&edge.to);
                    }
                }
            }
        }
        if waiting.is_empty() {
            Ok(done)
        } else {
            Err(Cycle(waiting.into_keys().collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city() -> Graph {
        let mut graph = Graph::new();
        graph.connect("home", "park", 2).connect("home", "shop", 7);
        graph.connect("park", "shop", 3).connect("shop", "work", 1);
        graph
    }

    #[test]
    fn near_comes_first() {
        assert_eq!(city().reachable("home"), ["home", "park", "shop", "work"]);
        assert_eq!(city().reachable("nowhere"), ["nowhere"]);
    }

    #[test]
    fn the_cheapest_way_wins() {
        let (cost, steps) = city().path("home", "work").unwrap();
        assert_eq!(cost, 6);
        assert_eq!(steps, ["home", "park", "shop", "work"]);
        assert_eq!(city().path("work", "home"), None);
    }

    #[test]
    fn cycles_are_found() {
        let mut graph = city();
        assert_eq!(graph.order().unwrap()[0], "home");
        graph.connect("work", "park", 1);
        assert_eq!(graph.order(), Err(Cycle(vec!["park", "shop", "work"])));
    }
}
