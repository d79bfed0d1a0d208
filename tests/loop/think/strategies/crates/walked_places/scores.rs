//! A search tree of scores.
#[derive(Default)]
pub struct Tree { root: Option<Box<Node>> }
struct Node { score: u32, name: String, left: Option<Box<Node>>, right: Option<Box<Node>> }

impl Tree {
    pub fn insert(&mut self, score: u32, name: &str) {
        let mut at = self.root;
        while let Some(node) = at {
            at = if score < node.score { node.left } else { node.right };
        }
        at = Some(Box::new(Node { score, name: name.to_string(), left: None, right: None }));
    }

    pub fn best(&self) -> Option<&str> {
        let mut node = self.root?;
        while let Some(next) = node.right {
            node = next;
        }
        Some(&node.name)
    }

    pub fn count(&self) -> usize {
        fn below(node: Option<Box<Node>>) -> usize {
            match node {
                Some(n) => 1 + below(n.left) + below(n.right),
                None => 0,
            }
        }
        below(self.root)
    }
}
#[test]
fn t() {
    let mut t = Tree::default();
    for (s, n) in [(5, "e"), (9, "i"), (2, "b"), (7, "g")] { t.insert(s, n); }
    assert_eq!(t.best(), Some("i"));
    assert_eq!(t.count(), 4);
}
