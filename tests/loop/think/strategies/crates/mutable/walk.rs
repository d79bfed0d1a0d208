//! A tree that is walked and changed: everything on the way was written for reading.
pub struct Node {
    pub name: String,
    pub visits: u32,
    pub children: Vec<Node>,
}

pub struct Tree {
    root: Option<Node>,
}

impl Tree {
    pub fn new(root: Node) -> Self {
        Tree { root: Some(root) }
    }

    pub fn visit(&self, name: &str) -> bool {
        match self.find(name) {
            Some(node) => {
                node.visits += 1;
                true
            }
            None => false,
        }
    }

    fn find(&self, name: &str) -> Option<&Node> {
        self.root.as_ref().and_then(|root| find_in(root, name))
    }

    pub fn reset(&self) {
        if let Some(root) = &self.root {
            clear(root);
        }
    }

    pub fn total(&self) -> u32 {
        self.root.as_ref().map_or(0, |root| root.visits + root.children.iter().map(|child| child.visits).sum::<u32>())
    }
}

fn find_in<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    if node.name == name {
        return Some(node);
    }
    node.children.iter().find_map(|child| find_in(child, name))
}

fn clear(node: &Node) {
    node.visits = 0;
    for child in &node.children {
        clear(child);
    }
}

#[test]
fn visits_are_counted_and_cleared() {
    let leaf = Node { name: "b".into(), visits: 0, children: vec![] };
    let mut tree = Tree::new(Node { name: "a".into(), visits: 1, children: vec![leaf] });
    assert!(tree.visit("b") && tree.visit("a") && !tree.visit("c"));
    assert_eq!(tree.total(), 3);
    tree.reset();
    assert_eq!(tree.total(), 0);
}
