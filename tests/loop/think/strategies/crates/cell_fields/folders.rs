//! Nodes that share children.
use std::rc::Rc;

#[derive(Debug)]
pub struct Folder { pub name: String, pub size: u64, pub inside: Vec<Rc<Folder>> }

pub fn add(parent: &Rc<Folder>, name: &str, size: u64) -> Rc<Folder> {
    let child = Rc::new(Folder { name: name.to_string(), size, inside: vec![] });
    parent.inside.push(child.clone());
    child
}

pub fn total(folder: &Rc<Folder>) -> u64 {
    folder.size + folder.inside.iter().map(total).sum::<u64>()
}

pub fn grow(folder: &Rc<Folder>, by: u64) {
    folder.size += by;
}

pub fn sample() -> (u64, u64) {
    let root = Rc::new(Folder { name: "root".into(), size: 1, inside: vec![] });
    let docs = add(&root, "docs", 5);
    let before = total(&root);
    grow(&docs, 10);
    (before, total(&root))
}
#[test]
fn t() { assert_eq!(sample(), (6, 16)); }
