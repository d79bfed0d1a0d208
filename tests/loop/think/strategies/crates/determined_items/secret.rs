use std::convert::TryFrom;
use std::ops::Deref;

pub struct Secret<T> {
    inner: T,
}

impl<T> Deref for Secret<T> {
    fn deref(&self) -> &T {
        &self.inner
    }
}

pub struct Even(u32);

impl TryFrom<u32> for Even {
    fn try_from(number: u32) -> Result<Self, String> {
        if number % 2 == 0 { Ok(Even(number)) } else { Err(format!("{number} is odd")) }
    }
}

#[test]
fn it_derefs() {
    assert_eq!(Secret { inner: "abc".to_string() }.len(), 3);
    assert_eq!(Even::try_from(4).map(|one| one.0), Ok(4));
    assert!(Even::try_from(3).is_err());
}
