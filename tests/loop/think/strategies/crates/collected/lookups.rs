//! All or nothing with `Option`, and a whole result that is given back.
pub mod hex {
    pub fn digits(text: &str) -> Option<Vec<u32>> {
        let found: Vec<u32> = text.chars().map(|sign| sign.to_digit(16)).collect();
        if found.is_empty() { None } else { Some(found) }
    }

    pub fn checked(values: &[u8]) -> Result<Vec<u8>, String> {
        if values.len() > 9 {
            return Err("too long".into());
        }
        values.iter().map(|value| value / 2).collect()
    }

    pub fn product(values: &[u8]) -> Option<u8> {
        let all: u8 = values.iter().map(|value| value.checked_sub(1)).product();
        Some(all)
    }
}

#[test]
fn a_sign_that_is_none_ends_it() {
    assert_eq!(hex::digits("1f"), Some(vec![1, 15]));
    assert_eq!(hex::digits("1x"), None);
    assert_eq!(hex::checked(&[4, 9]), Ok(vec![2, 4]));
    assert_eq!((hex::product(&[3, 4]), hex::product(&[0])), (Some(6), None));
}
