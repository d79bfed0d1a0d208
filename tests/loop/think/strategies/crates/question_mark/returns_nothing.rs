//! `?` in functions that return nothing, below others that do not return anything either.
pub struct Totals {
    pub sum: i32,
    pub lines: usize,
}

impl Totals {
    fn add(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        let number: i32 = line.parse()?;
        self.sum += number;
        self.lines += 1
    }

    fn add_all(&mut self, text: &str) {
        for line in text.lines() {
            self.add(line);
        }
    }
}

pub fn total(text: &str) -> Result<i32, Box<dyn std::error::Error>> {
    let mut totals = Totals { sum: 0, lines: 0 };
    totals.add_all(text);
    Ok(totals.sum)
}

#[test]
fn a_bad_line_is_told() {
    assert_eq!(total("1\n\n2").unwrap(), 3);
    assert!(total("1\nx").is_err());
}
