//! A buffer of fixed size that overwrites its oldest entry.

#[derive(Debug)]
pub struct Ring<T> {
    cells: Vec<Option<T>>,
    head: usize,
    len: usize,
}

impl<T> Ring<T> {
    pub fn with_capacity(capacity: usize) -> Self {
        let mut cells = Vec::new();
        cells.resize_with(capacity.max(1), || None);
        Ring { cells, head: 0, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn is_full(&self) -> bool {
        self.len == self.cells.len()
    }

    fn place(&self, offset: usize) -> usize {
        (self.head + offset) % self.cells.len()
    }

    /// Adds at the end; when the ring is full, what was first is handed back.
    pub fn push(&mut self, value: T) -> Option<T> {
        let gone = if self.is_full() { self.pop() } else { None };
        let end = self.place(self.len);
        self.cells[end] = Some(value);
        self.len += 1;
        gone
    }

    pub fn pop(&mut self) -> Option<T> {
        let value = self.cells[self.head].take()?;
        self.head = self.place(1);
        self.len -= 1;
        Some(value)
    }

    pub fn first(&self) -> Option<&T> {
        self.cells[self.head].as_ref()
    }

    pub fn last_mut(&mut self) -> Option<&mut T> {
        if self.is_empty() {
            return None;
        }
        let end = self.place(self.len - 1);
        self.cells[end].as_mut()
    }

    pub fn iter(&self) -> Iter<'_, T> {
        Iter { ring: self, next: 0 }
    }

    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain { ring: self }
    }

    pub fn retain<F>(&mut self, mut keep: F)
    where
        F: FnMut(&T) -> bool,
    {
        let kept: Vec<T> = self.drain().filter(|value| keep(value)).collect();
        self.extend(kept);
    }
}

impl<T> Extend<T> for Ring<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.push(value);
        }
    }
}

pub struct Iter<'r, T> {
    ring: &'r Ring<T>,
    next: usize,
}

impl<'r, T> Iterator for Iter<'r, T> {
    type Item = &'r T;

    fn next(&mut self) -> Option<&'r T> {
        if self.next == self.ring.len {
            return None;
        }
        let place = self.ring.place(self.next);
        self.next += 1;
        self.ring.cells[place].as_ref()
    }
}

impl<'r, T> IntoIterator for &'r Ring<T> {
    type Item = &'r T;
    type IntoIter = Iter<'r, T>;

    fn into_iter(self) -> Iter<'r, T> {
        self.iter()
    }
}

pub struct Drain<'r, T> {
    ring: &'r mut Ring<T>,
}

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.ring.pop()
    }
}

/// Mean of the last values seen.
pub fn moving_average(values: &[f64], window: usize) -> Vec<f64> {
    let mut ring = Ring::with_capacity(window);
    let mut sum = 0.0;
    let mut means = Vec::with_capacity(values.len());
    for value in values {
        sum += *value;
        if let Some(gone) = ring.push(*value) {
            sum -= gone;
        }
        means.push(sum / ring.len() as f64);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_handed_back() {
        let mut ring = Ring::with_capacity(2);
        assert_eq!(ring.push("a".to_string()), None);
        ring.push("b".to_string());
        assert!(ring.is_full());
        assert_eq!(ring.push("c".to_string()).as_deref(), Some("a"));
        if let Some(last) = ring.last_mut() {
            last.push('!');
        }
        assert_eq!(ring.iter().collect::<Vec<_>>(), ["b", "c!"]);
        assert_eq!(ring.first().map(String::as_str), Some("b"));
    }

    #[test]
    fn retain_keeps_order() {
        let mut ring = Ring::with_capacity(4);
        ring.extend(1..=6);
        ring.retain(|n| n % 2 == 0);
        let mut seen = Vec::new();
        for n in &ring {
            seen.push(*n);
        }
        assert_eq!(seen, [4, 6]);
        assert!(!ring.is_empty());
    }

    #[test]
    fn averages() {
        assert_eq!(moving_average(&[2.0, 4.0, 6.0, 8.0], 2), [2.0, 3.0, 5.0, 7.0]);
    }
}
