//! Visits a subtree, parents before their children.

use crate::{Arena, Id};

pub struct Walk<'a, T> {
    arena: &'a Arena<T>,
    stack: Vec<Id>,
}

impl<'a, T> Walk<'a, T> {
    pub(crate) fn new(arena: &'a Arena<T>, from: Id) -> Self {
        Walk { arena, stack: vec![from] }
    }

    /// The values alone.
    pub fn values(self) -> impl Iterator<Item = &'a T> {
        self.map(|(_, value)| value)
    }
}

impl<'a, T> Iterator for Walk<'a, T> {
    type Item = (Id, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.stack.pop()?;
        let node = self.arena.node(id);
        self.stack.extend(node.children.iter().rev());
        Some((id, &node.value))
    }
}
