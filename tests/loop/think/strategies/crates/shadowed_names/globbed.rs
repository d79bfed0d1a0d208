use std::fmt::*;
pub struct P(pub u8);
impl Display for P { fn fmt(&self, f: &mut Formatter) -> Result { write!(f, "{}", self.0) } }
pub fn read(t: &str) -> Result<P, String> { t.parse().map(P).map_err(|_| format!("{t}")) }
#[test]
fn r() { assert_eq!(read("1").ok().unwrap().to_string(), "1"); }
