//! Settings that are read from a file's text.
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

use serde::Deserialize;

fn text_of(name: &str) -> String { format!(" {} ", name.len()) }

/// Reads one setting.
pub fn setting<'de, T: Deserialize<'de>>(name: &str) -> Option<T> {
    let text = text_of(name);
    serde::from_str(&text)
}

#[test]
fn a_setting_is_read() { assert_eq!(setting::<u32>("abc"), Some(3)); }
