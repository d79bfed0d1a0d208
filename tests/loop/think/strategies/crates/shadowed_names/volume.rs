//! A crate with a `Result` of its own, and a level that is called `Error`.

#[derive(Debug, PartialEq)]
pub struct Fault(String);

pub type Result<T> = std::result::Result<T, Fault>;

#[derive(Debug, PartialEq)]
pub enum Sound {
    Note(u8),
    Silence,
    Error,
}

impl TryFrom<u8> for Sound {
    type Error = Fault;

    fn try_from(key: u8) -> Result<Self, Self::Error> {
        match key {
            0 => Ok(Sound::Silence),
            1..=88 => Ok(Sound::Note(key)),
            _ => Err(Fault(format!("no key {key}"))),
        }
    }
}

pub fn all(keys: &[u8]) -> Result<Vec<Sound>> {
    keys.iter().map(|key| Sound::try_from(*key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sounds() {
        assert_eq!(all(&[0, 3]), Ok(vec![Sound::Silence, Sound::Note(3)]));
        assert!(all(&[99]).is_err());
        assert_ne!(Sound::Error, Sound::Silence);
    }
}
