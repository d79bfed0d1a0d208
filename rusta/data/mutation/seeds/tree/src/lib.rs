//! A file tree whose folders know their children and whose children know their folder.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

pub type Link = Rc<Node>;

#[derive(Debug)]
pub struct Node {
    name: String,
    size: Cell<u64>,
    parent: RefCell<Weak<Node>>,
    children: RefCell<Vec<Link>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeError {
    Exists(String),
    Missing(String),
}

impl Node {
    pub fn new(name: impl Into<String>, size: u64) -> Link {
        Rc::new(Node {
            name: name.into(),
            size: Cell::new(size),
            parent: RefCell::new(Weak::new()),
            children: RefCell::new(Vec::new()),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn parent(&self) -> Option<Link> {
        self.parent.borrow().upgrade()
    }

    pub fn child(&self, name: &str) -> Option<Link> {
        self.children.borrow().iter().find(|child| child.name == name).cloned()
    }

    /// Its own size and that of everything below.
    pub fn total(&self) -> u64 {
        let below: u64 = self.children.borrow().iter().map(|child| child.total()).sum();
        self.size.get() + below
    }

    pub fn grow(&self, by: u64) {
        self.size.set(self.size.get() + by);
    }

    pub fn path(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{}/{}", parent.path(), self.name),
            None => self.name.clone(),
        }
    }

    pub fn depth(&self) -> usize {
        let mut depth = 0;
        let mut above = self.parent();
        while let Some(node) = above {
            depth += 1;
            above = node.parent();
        }
        depth
    }
}

pub fn attach(parent: &Link, child: Link) -> Result<(), TreeError> {
    if parent.child(&child.name).is_some() {
        return Err(TreeError::Exists(child.path()));
    }
    *child.parent.borrow_mut() = Rc::downgrade(parent);
    parent.children.borrow_mut().push(child);
    Ok(())
}

pub fn detach(parent: &Link, name: &str) -> Result<Link, TreeError> {
    let mut children = parent.children.borrow_mut();
    let place = children
        .iter()
        .position(|child| child.name == name)
        .ok_or_else(|| TreeError::Missing(format!("{}/{}", parent.path(), name)))?;
    let child = children.remove(place);
    *child.parent.borrow_mut() = Weak::new();
    Ok(child)
}

pub fn find(root: &Link, path: &str) -> Option<Link> {
    let mut current = Rc::clone(root);
    for part in path.split('/') {
        let next = current.child(part)?;
        current = next;
    }
    Some(current)
}

/// Calls `see` with every node and its depth, deepest last.
pub fn visit(node: &Link, see: &mut dyn FnMut(&Node, usize)) {
    fn inner(node: &Link, depth: usize, see: &mut dyn FnMut(&Node, usize)) {
        see(node, depth);
        for child in node.children.borrow().iter() {
            inner(child, depth + 1, see);
        }
    }
    inner(node, 0, see);
}

pub fn largest(root: &Link) -> (String, u64) {
    let mut best = (root.name.clone(), 0);
    visit(root, &mut |node, _| {
        if node.size.get() > best.1 {
            best = (node.path(), node.size.get());
        }
    });
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> Link {
        let root = Node::new("disk", 1);
        let src = Node::new("src", 2);
        attach(&src, Node::new("main.rs", 40)).unwrap();
        attach(&root, src).unwrap();
        attach(&root, Node::new("notes", 7)).unwrap();
        root
    }

    #[test]
    fn paths_and_totals() {
        let root = disk();
        let main = find(&root, "src/main.rs").unwrap();
        assert_eq!((main.path().as_str(), main.depth()), ("disk/src/main.rs", 2));
        main.grow(60);
        assert_eq!(root.total(), 110);
        assert_eq!(largest(&root), ("disk/src/main.rs".to_string(), 100));
    }

    #[test]
    fn a_detached_child_has_no_parent() {
        let root = disk();
        let notes = detach(&root, "notes").unwrap();
        assert!(notes.parent().is_none());
        assert_eq!(detach(&root, "notes").unwrap_err(), TreeError::Missing("disk/notes".into()));
        assert_eq!(root.total(), 43);
        assert!(find(&root, "notes/x").is_none());
    }

    #[test]
    fn names_are_unique() {
        let root = disk();
        assert_eq!(attach(&root, Node::new("src", 0)), Err(TreeError::Exists("src".into())));
        let mut names = Vec::new();
        visit(&root, &mut |node, depth| names.push(format!("{}{}", " ".repeat(depth), node.name())));
        assert_eq!(names, ["disk", " src", "  main.rs", " notes"]);
    }
}
