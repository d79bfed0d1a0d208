//! Breaks text into lines of a given width without copying a word.

/// Lines of at most `width` characters; a longer word has a line of its own.
pub struct Lines<'t> {
    rest: &'t str,
    width: usize,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, width: usize) -> Lines<'t> {
        Lines { rest: text.trim_start(), width }
    }

    fn cut(&mut self, at: usize) -> &'t str {
        let (line, rest) = self.rest.split_at(at);
        self.rest = rest.trim_start();
        line.trim_end()
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let mut room = None;
        let mut count = 0;
        for (at, c) in self.rest.char_indices() {
            if c == '\n' {
                return Some(self.cut(at));
            }
            if c.is_whitespace() && (count <= self.width || room.is_none()) {
                room = Some(at);
            }
            count += 1;
            if count > self.width && room.is_some() {
                break;
            }
        }
        let end = match room {
            Some(at) if count > self.width => at,
            _ => self.rest.len(),
        };
        Some(self.cut(end))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Centre,
}

/// How a paragraph is set.
#[derive(Debug, Clone)]
pub struct Style<'s> {
    pub width: usize,
    pub align: Align,
    pub first: &'s str,
    pub others: &'s str,
}

impl<'s> Style<'s> {
    pub fn plain(width: usize) -> Self {
        Style { width, align: Align::Left, first: "", others: "" }
    }

    pub fn bullet(mut self, mark: &'s str, indent: &'s str) -> Self {
        self.first = mark;
        self.others = indent;
        self
    }

    fn prefix(&self, number: usize) -> &'s str {
        if number == 0 { self.first } else { self.others }
    }

    fn place(&self, line: &str, room: usize) -> String {
        let free = room.saturating_sub(line.chars().count());
        match self.align {
            Align::Left => line.to_owned(),
            Align::Right => format!("{}{}", " ".repeat(free), line),
            Align::Centre => format!("{}{}", " ".repeat(free / 2), line),
        }
    }
}

pub fn set(text: &str, style: &Style) -> Vec<String> {
    let mut out = Vec::new();
    let indent = style.first.chars().count().max(style.others.chars().count());
    let room = style.width.saturating_sub(indent).max(1);
    for (number, line) in Lines::new(text, room).enumerate() {
        let mut row = String::with_capacity(style.width);
        row.push_str(style.prefix(number));
        row.push_str(&style.place(line, room));
        out.push(row);
    }
    out
}

/// The longest of the words, the first of several equally long ones.
pub fn longest_word<'t>(text: &'t str, stop: &[&str]) -> Option<&'t str> {
    let mut best: Option<&'t str> = None;
    for word in text.split_whitespace().filter(|word| !stop.contains(word)) {
        match best {
            Some(found) if found.len() >= word.len() => {}
            _ => best = Some(word),
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "the quick brown fox\njumps over extraordinarily lazy dogs";

    #[test]
    fn lines_fit() {
        let lines: Vec<&str> = Lines::new(TEXT, 10).collect();
        assert_eq!(lines, ["the quick", "brown fox", "jumps over", "extraordinarily", "lazy dogs"]);
        assert_eq!(Lines::new("   ", 5).next(), None);
    }

    #[test]
    fn styles_apply() {
        let style = Style::plain(12).bullet("- ", "  ");
        assert_eq!(set("one two three four", &style), ["- one two", "  three four"]);
        let right = Style { align: Align::Right, ..Style::plain(6) };
        assert_eq!(set("ab cdef", &right), ["    ab", "  cdef"]);
    }

    #[test]
    fn a_word_outlives_the_stop_list() {
        let word = {
            let stop = vec!["extraordinarily"];
            longest_word(TEXT, &stop)
        };
        assert_eq!(word, Some("quick"));
    }
}
