#[derive(Default)]
pub struct Tree { root: Option<Box<Leaf>> }
pub struct Leaf { key: u32, left: Option<Box<Leaf>>, right: Option<Box<Leaf>> }
impl Tree {
    pub fn insert(&mut self, key: u32) -> bool {
        let mut at = &mut self.root;
        while let Some(leaf) = at {
            if leaf.key == key { return false; }
            at = if key < leaf.key { &mut leaf.left } else { &mut leaf.right };
        }
        *at = Some(Box::new(Leaf { key, left: None, right: None }));
        true
    }
    pub fn remove_min(&mut self) -> Option<u32> {
        let mut at = &mut self.root;
        while let Some(leaf) = at {
            if leaf.left.is_none() {
                let key = leaf.key;
                *at = leaf.right.take();
                return Some(key);
            }
            at = &mut leaf.left;
        }
        None
    }
    pub fn biggest(&mut self) -> Option<&mut Box<Leaf>> {
        let mut at = self.root.as_mut()?;
        while let Some(ref mut next) = at.right {
            at = next;
        }
        at.key += 1;
        Some(at)
    }
}
#[test]
fn sorted() { let mut t = Tree::default(); for k in [3, 1, 2] { assert!(t.insert(k)); } assert!(!t.insert(2)); assert_eq!(t.remove_min(), Some(1)); assert_eq!(t.biggest().unwrap().key, 4); }
