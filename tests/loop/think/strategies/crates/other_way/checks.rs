//! Checks that fail or are done.
#[derive(Debug, PartialEq)]
pub struct TooLong(pub usize);

pub fn check(name: &str) -> Result<(), TooLong> {
    if name.len() > 3 {
        Err(TooLong(name.len()))
    }
}

pub fn collected(number: u8) -> Vec<u8> {
    let mut parts: Vec<u8>;
    match number {
        0 => parts = vec![0],
        1 => parts = vec![0, 1],
        _ => {}
    }
    parts.push(number);
    parts
}

#[test]
fn checks() {
    assert_eq!(check("abcd"), Err(TooLong(4)));
    assert_eq!(check("abc"), Ok(()));
    assert_eq!(collected(7), [7]);
}
