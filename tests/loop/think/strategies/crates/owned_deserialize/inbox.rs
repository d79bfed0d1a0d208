//! Messages handed on to what owns them.
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

pub struct Inbox { waiting: Vec<String> }

impl Inbox {
    pub fn next<'m, M: serde::Deserialize<'m>>(&mut self) -> Option<M> {
        // the oldest first
        let text = self.waiting.pop()?;
        serde::from_owned(text)
    }
}

#[test]
fn the_last_is_next() { assert_eq!(Inbox { waiting: vec!["5".into()] }.next::<u32>(), Some(5)); }
