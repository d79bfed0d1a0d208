//! The steps of an undo history, kept as a singly linked list with the oldest step first.

struct Node<T> {
    step: T,
    next: Option<Box<Node<T>>>,
}

pub struct History<T> {
    head: Option<Box<Node<T>>>,
    len: usize,
}

impl<T: PartialEq> History<T> {
    pub fn new() -> Self {
        History { head: None, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Add a step at the end. Gives back its place, counted from nought.
    pub fn push(&mut self, step: T) -> usize {
        let node = Box::new(Node { step, next: None });
        self.len += 1;
        if self.head.is_none() {
            self.head = Some(node);
            return 0;
        }
        let mut last = self.head.as_mut().unwrap();
        let mut place = 1;
        while last.next.is_some() {
            last = last.next.as_mut().unwrap();
            place += 1;
        }
        last.next = Some(node);
        place
    }

    /// Forget everything that came after the first step equal to `step`.
    /// Gives back how many steps were cut off.
    pub fn cut_after(&mut self, step: &T) -> usize {
        let mut here = &mut self.head;
        while let Some(node) = here {
            if node.step == *step {
                let mut rest = node.next.take();
                let mut cut = 0;
                while let Some(node) = rest {
                    cut += 1;
                    rest = node.next;
                }
                self.len -= cut;
                return cut;
            }
            here = &mut node.next;
        }
        0
    }

    pub fn steps(&self) -> Vec<&T> {
        let mut steps = Vec::with_capacity(self.len);
        let mut here = &self.head;
        while let Some(node) = here {
            steps.push(&node.step);
            here = &node.next;
        }
        steps
    }
}

impl<T: PartialEq> Default for History<T> {
    fn default() -> Self {
        Self::new()
    }
}
