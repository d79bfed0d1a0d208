//! What a sum or a text is read as is told nowhere.
pub struct Samples {
    pub values: Vec<f32>,
}

impl Samples {
    pub fn mean(&self) -> f32 {
        self.values.iter().sum() / self.values.len() as f32
    }
}

pub fn double(text: &str) -> Result<u16, std::num::ParseIntError> {
    let number = text.trim().parse()?;
    Ok(number * 2)
}

pub fn longest(text: &str) -> usize {
    let mut words = text.split(' ').map(str::len).collect();
    words.sort();
    words.pop().unwrap_or(0)
}

#[test]
fn they_are_read() {
    assert_eq!(Samples { values: vec![1.0, 2.0] }.mean(), 1.5);
    assert_eq!(double(" 4"), Ok(8));
    assert_eq!(longest("a bcd ef"), 3);
}
