//! Errors that are only words, as many small programs have them.
use std::collections::HashMap;

pub fn sum_of(text: &str) -> Result<i64, String> {
    let mut sum = 0;
    for part in text.split(',') {
        let number: i64 = part.trim().parse()?;
        sum += number;
    }
    Ok(sum)
}

pub fn ratio(known: &HashMap<String, String>, key: &str) -> Result<f32, String> {
    let said = known.get(key).ok_or("no such key")?;
    Ok(said.parse::<f32>()? / 2.0)
}

#[test]
fn words_are_the_errors() {
    assert_eq!(sum_of("1, 2,3"), Ok(6));
    assert_eq!(sum_of("1,b"), Err("invalid digit found in string".to_string()));
    assert_eq!(ratio(&HashMap::new(), "a"), Err("no such key".to_string()));
}
