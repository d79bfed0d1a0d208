pub struct Node { size: u32, next: Option<Box<Node>> }
pub struct List { head: Option<Box<Node>> }
impl List {
    pub fn sum(&self) -> u32 {
        let mut sum = 0;
        let mut at = self.head;
        while let Some(node) = at {
            sum += node.size;
            at = node.next;
        }
        sum
    }
    pub fn pop(&mut self) -> Option<u32> {
        self.head.map(|node| { self.head = node.next; node.size })
    }
    pub fn push(&mut self, size: u32) {
        self.head = Some(Box::new(Node { size, next: self.head }));
    }
    pub fn reverse(&mut self) {
        let mut done = None;
        let mut at = self.head;
        while let Some(mut node) = at {
            at = node.next;
            node.next = done;
            done = Some(node);
        }
        self.head = done;
    }
    pub fn last_mut(&mut self) -> Option<&mut u32> {
        let mut at = self.head.as_mut()?;
        while let Some(next) = at.next.as_mut() { at = next; }
        Some(&mut at.size)
    }
}
#[test]
fn sums() { let mut l = List { head: None }; l.push(1); l.push(2); l.reverse(); *l.last_mut().unwrap() += 4; assert_eq!(l.sum(), 7); assert_eq!(l.pop(), Some(1)); }
