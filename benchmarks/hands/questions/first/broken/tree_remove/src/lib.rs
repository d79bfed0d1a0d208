//! A search tree from which keys can be taken out again.

use std::cmp::Ordering;

type Link<V> = Option<Box<Node<V>>>;

struct Node<V> {
    key: u32,
    value: V,
    left: Link<V>,
    right: Link<V>,
}

pub struct Tree<V> {
    root: Link<V>,
}

impl<V> Tree<V> {
    pub fn new() -> Self {
        Tree { root: None }
    }

    pub fn insert(&mut self, key: u32, value: V) -> Option<V> {
        let mut link = &mut self.root;
        while let Some(node) = link {
            match key.cmp(&node.key) {
                Ordering::Less => link = &mut node.left,
                Ordering::Greater => link = &mut node.right,
                Ordering::Equal => return Some(std::mem::replace(&mut node.value, value)),
            }
        }
        *link = Some(Box::new(Node { key, value, left: None, right: None }));
        None
    }

    pub fn remove(&mut self, key: u32) -> Option<V> {
        remove_from(&mut self.root, key)
    }

    pub fn keys(&self) -> Vec<u32> {
        let mut keys = Vec::new();
        collect(&self.root, &mut keys);
        keys
    }
}

fn collect<V>(link: &Link<V>, keys: &mut Vec<u32>) {
    if let Some(node) = link {
        collect(&node.left, keys);
        keys.push(node.key);
        collect(&node.right, keys);
    }
}

/// Take the node with the smallest key out of a subtree.
fn take_least<V>(link: &mut Link<V>) -> Option<Box<Node<V>>> {
    let node = link.as_mut()?;
    if node.left.is_some() {
        return take_least(&mut node.left);
    }
    *link = node.right.take();
    Some(*node)
}

fn remove_from<V>(link: &mut Link<V>, key: u32) -> Option<V> {
    let node = link.as_mut()?;
    match key.cmp(&node.key) {
        Ordering::Less => remove_from(&mut node.left, key),
        Ordering::Greater => remove_from(&mut node.right, key),
        Ordering::Equal => {
            *link = match (node.left.take(), node.right.take()) {
                (None, rest) | (rest, None) => rest,
                (left, mut right) => {
                    let mut least = take_least(&mut right)?;
                    least.left = left;
                    least.right = right;
                    Some(least)
                }
            };
            Some(node.value)
        }
    }
}
