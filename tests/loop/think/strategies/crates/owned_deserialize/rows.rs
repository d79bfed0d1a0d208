//! A store of rows, and a codec that many have.
mod serde {
    pub trait Deserialize<'de>: Sized { fn read(text: &'de str) -> Option<Self>; }
    pub mod de {
        pub trait DeserializeOwned: for<'x> super::Deserialize<'x> {}
        impl<T> DeserializeOwned for T where T: for<'x> super::Deserialize<'x> {}
    }
    impl Deserialize<'_> for u32 { fn read(text: &str) -> Option<Self> { text.trim().parse().ok() } }
    pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> { T::read(text) }
    pub fn from_owned<T: de::DeserializeOwned>(text: String) -> Option<T> { from_str(&text) }
}

mod rows {
    use crate::serde;
    use crate::serde::{de::DeserializeOwned, Deserialize};

    pub struct Rows<T> { pub all: Vec<T> }

    impl<'a, T> Rows<T>
    where
        T: Clone + Deserialize<'a>, // of any row
    {
        pub fn parse(lines: Vec<String>) -> Self {
            let mut all = Vec::new();
            for line in lines {
                if let Some(row) = serde::from_str(&line) { all.push(row); }
            }
            Rows { all }
        }
    }

    pub trait Codec {
        fn decode<'b, T>(&self, bytes: Vec<u8>) -> Option<T> where T: Deserialize<'b>;
    }
    pub struct Plain;
    impl Codec for Plain {
        fn decode<'b, T>(&self, bytes: Vec<u8>) -> Option<T> where T: Deserialize<'b> {
            let text = String::from_utf8(bytes).ok()?;
            serde::from_str(&text)
        }
    }
    pub fn known<T: DeserializeOwned>(text: &str) -> bool { serde::from_owned::<T>(text.to_string()).is_some() }
}

#[test]
fn rows_are_read() {
    use rows::{Codec, Plain, Rows};
    assert_eq!(Rows::<u32>::parse(vec!["1".into(), "x".into(), "2".into()]).all, [1, 2]);
    assert_eq!(Plain.decode::<u32>(b"7".to_vec()), Some(7));
    assert!(rows::known::<u32>("4"));
}
