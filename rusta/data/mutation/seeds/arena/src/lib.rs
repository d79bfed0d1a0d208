//! A tree whose nodes live in one vector and point at each other by index.

mod walk;

pub use walk::Walk;

use std::ops::{Index, IndexMut};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(usize);

#[derive(Debug)]
pub struct Node<T> {
    pub value: T,
    pub(crate) parent: Option<Id>,
    pub(crate) children: Vec<Id>,
}

#[derive(Debug)]
pub struct Arena<T> {
    nodes: Vec<Node<T>>,
}

impl<T> Arena<T> {
    pub fn new(root: T) -> (Self, Id) {
        let node = Node { value: root, parent: None, children: Vec::new() };
        (Arena { nodes: vec![node] }, Id(0))
    }

    pub fn add(&mut self, parent: Id, value: T) -> Id {
        let id = Id(self.nodes.len());
        self.nodes.push(Node { value, parent: Some(parent), children: Vec::new() });
        self.nodes[parent.0].children.push(id);
        id
    }

    pub fn children(&self, id: Id) -> impl Iterator<Item = (Id, &T)> {
        let node = &self.nodes[id.0];
        node.children.iter().map(move |&child| (child, &self[child]))
    }

    pub fn walk(&self, from: Id) -> Walk<'_, T> {
        Walk::new(self, from)
    }

    pub fn path(&self, id: Id) -> Vec<Id> {
        let mut path = vec![id];
        let mut current = id;
        while let Some(parent) = self.nodes[current.0].parent {
            path.push(parent);
            current = parent;
        }
        path.reverse();
        path
    }

    /// Hangs `id` under another parent; `false` when that would make a loop.
    pub fn hang(&mut self, id: Id, under: Id) -> bool {
        if self.path(under).contains(&id) {
            return false;
        }
        if let Some(old) = self.nodes[id.0].parent {
            self.nodes[old.0].children.retain(|&child| child != id);
        }
        let node = &mut self.nodes[id.0];
        node.parent = Some(under);
        self.nodes[under.0].children.push(id);
        true
    }

    pub fn two(&mut self, left: Id, right: Id) -> Option<(&mut T, &mut T)> {
        if left.0 >= right.0 {
            return None;
        }
        let (front, back) = self.nodes.split_at_mut(right.0);
        Some((&mut front[left.0].value, &mut back[0].value))
    }

    pub(crate) fn node(&self, id: Id) -> &Node<T> {
        &self.nodes[id.0]
    }
}

impl<T: PartialOrd> Arena<T> {
    /// The largest value below `from`, and where it is.
    pub fn largest(&self, from: Id) -> (Id, &T) {
        let mut best = (from, &self[from]);
        for (id, value) in self.walk(from) {
            if value > best.1 {
                best = (id, value);
            }
        }
        best
    }
}

impl<T> Index<Id> for Arena<T> {
    type Output = T;

    fn index(&self, id: Id) -> &Self::Output {
        &self.nodes[id.0].value
    }
}

impl<T> IndexMut<Id> for Arena<T> {
    fn index_mut(&mut self, id: Id) -> &mut Self::Output {
        &mut self.nodes[id.0].value
    }
}
