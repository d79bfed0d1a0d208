#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    pub title: String,
    pub author: String,
    pub year: u32,
}

impl Book {
    pub fn new(title: &str, author: &str, year: u32) -> Book {
        Book {
            title: title.to_string(),
            author: author.to_string(),
            year,
        }
    }

    pub fn describe(&self) -> String {
        format!("{} by {} ({})", self.title, self.author, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describe_names_everything() {
        let b = Book::new("Emma", "Jane Austen", 1815);
        assert_eq!(b.describe(), "Emma by Jane Austen (1815)");
    }
}
