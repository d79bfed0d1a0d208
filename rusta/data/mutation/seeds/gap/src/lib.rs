//! Text with a cursor: typing costs nothing where the gap is. Every change can be taken back.

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Typed(usize),
    Deleted(String),
}

#[derive(Debug, Default)]
pub struct GapBuffer {
    before: Vec<char>,
    after: Vec<char>, // reversed: the character right of the cursor is last
    changes: Vec<(usize, Change)>,
}

impl GapBuffer {
    pub fn new(text: &str) -> Self {
        GapBuffer { before: text.chars().collect(), ..Default::default() }
    }

    pub fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn cursor(&self) -> usize {
        self.before.len()
    }

    pub fn go(&mut self, to: usize) {
        let to = to.min(self.len());
        while self.before.len() > to {
            let c = self.before.pop().expect("the cursor is not at the start");
            self.after.push(c);
        }
        while self.before.len() < to {
            if let Some(c) = self.after.pop() {
                self.before.push(c);
            }
        }
    }

    fn put(&mut self, text: &str) {
        self.before.extend(text.chars());
    }

    fn cut(&mut self, count: usize) -> String {
        let start = self.before.len().saturating_sub(count);
        self.before.drain(start..).collect()
    }

    pub fn insert(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.put(text);
        let change = Change::Typed(text.chars().count());
        self.changes.push((self.cursor(), change));
    }

    /// Deletes left of the cursor, and returns what is gone.
    pub fn backspace(&mut self, count: usize) -> String {
        let gone = self.cut(count);
        if !gone.is_empty() {
            self.changes.push((self.cursor(), Change::Deleted(gone.clone())));
        }
        gone
    }

    pub fn undo(&mut self) -> bool {
        let Some((at, change)) = self.changes.pop() else {
            return false;
        };
        self.go(at);
        match change {
            Change::Typed(count) => {
                self.cut(count);
            }
            Change::Deleted(text) => self.put(&text),
        }
        true
    }

    pub fn char_at(&self, index: usize) -> Option<char> {
        if index < self.before.len() {
            self.before.get(index).copied()
        } else {
            let from_end = self.len().checked_sub(index + 1)?;
            self.after.get(from_end).copied()
        }
    }

    pub fn chars(&self) -> impl Iterator<Item = char> + '_ {
        self.before.iter().chain(self.after.iter().rev()).copied()
    }

    pub fn text(&self) -> String {
        self.chars().collect()
    }

    /// Where a text begins, for every place it is found.
    pub fn find(&self, wanted: &str) -> Vec<usize> {
        let text: Vec<char> = self.chars().collect();
        let wanted: Vec<char> = wanted.chars().collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        text.windows(wanted.len())
            .enumerate()
            .filter(|(_, window)| *window == wanted.as_slice())
            .map(|(at, _)| at)
            .collect()
    }

    pub fn replace_all(&mut self, wanted: &str, by: &str) -> usize {
        let places = self.find(wanted);
        let width = wanted.chars().count();
        for &place in places.iter().rev() {
            self.go(place + width);
            self.backspace(width);
            self.insert(by);
        }
        places.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_and_moving() {
        let mut buffer = GapBuffer::new("helo");
        buffer.go(3);
        buffer.insert("l");
        assert_eq!(buffer.text(), "hello");
        assert_eq!(buffer.char_at(4), Some('o'));
        assert_eq!(buffer.char_at(9), None);
        buffer.go(99);
        assert_eq!(buffer.cursor(), 5);
    }

    #[test]
    fn everything_can_be_taken_back() {
        let mut buffer = GapBuffer::new("one two one");
        assert_eq!(buffer.replace_all("one", "three"), 2);
        assert_eq!(buffer.text(), "three two three");
        while buffer.undo() {}
        assert_eq!(buffer.text(), "one two one");
        assert!(!buffer.is_empty());
    }

    #[test]
    fn backspace_says_what_is_gone() {
        let mut buffer = GapBuffer::new("grüße");
        assert_eq!(buffer.backspace(2), "ße");
        assert_eq!(buffer.find("ü"), [2]);
        assert_eq!(buffer.len(), 3);
        assert!(buffer.undo());
        assert_eq!(buffer.text(), "grüße");
    }
}
