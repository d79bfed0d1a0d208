/// Keeps the last `size` items, oldest first.
pub struct Ring<T> {
    items: Vec<T>,
    start: usize,
    size: usize,
}

pub struct RingIter<'a, T> {
    ring: &'a Ring<T>,
    at: usize,
}

impl<T> Ring<T> {
    pub fn new(size: usize) -> Self {
        Ring { items: Vec::new(), start: 0, size }
    }

    pub fn push(&mut self, item: T) {
        if self.items.len() < self.size {
            self.items.push(item);
        } else {
            self.items[self.start] = item;
            self.start = (self.start + 1) % self.size;
        }
    }

    pub fn iter(&self) -> RingIter<'_, T> {
        RingIter { ring: self, at: 0 }
    }
}

impl<'a, T> Iterator for RingIter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        let n = self.ring.items.len();
        if self.at >= n {
            return None;
        }
        let item = &self.ring.items[(self.ring.start + self.at) % n];
        self.at += 1;
        Some(item)
    }
}

/// The items joined by commas.
pub fn joined(ring: &Ring<i32>) -> String {
    let mut text = String::new();
    for item in ring.iter() {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&item.to_string());
    }
    text
}
