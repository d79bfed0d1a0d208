use std::collections::HashMap;
use std::num::ParseIntError;

#[derive(Debug, PartialEq)]
pub enum LoadError {
    Syntax(usize),
    Missing(&'static str),
    Number(&'static str, ParseIntError),
}

#[derive(Debug)]
pub struct Settings {
    map: HashMap<String, String>,
}

impl Settings {
    /// One `key = value` a line; a bad line is named by its number from 1.
    pub fn load(text: &str) -> Result<Settings, LoadError> {
        let mut map = HashMap::new();
        for (i, line) in text.lines().enumerate() {
            let (key, value) = line.split_once('=')?;
            map.insert(key.trim().to_string(), value.trim().to_string());
        }
        Ok(Settings { map })
    }

    fn number(&self, key: &'static str) -> Result<u16, LoadError> {
        let raw = self.map.get(key)?;
        let number = raw.parse()?;
        Ok(number)
    }

    pub fn ports(&self) -> Result<(u16, u16), LoadError> {
        Ok((self.number("port")?, self.number("admin_port")?))
    }

    /// `size = 80x25`; anything else counts as not set.
    pub fn size(&self) -> Option<(u32, u32)> {
        let (w, h) = self.map.get("size")?.split_once('x')?;
        Some((w.parse()?, h.parse()?))
    }
}
