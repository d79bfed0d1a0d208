//! Times of day as text.
#[derive(Debug, PartialEq)]
pub struct Time { pub h: u8, pub m: u8 }
pub fn parse(text: &str) -> Result<Time, String> {
    let (h, m) = text.split_once(':')?;
    let h = h.parse()?;
    let m: u8 = m.parse()?;
    if h > 23 || m > 59 { return Err("no such time".to_string()); }
    Ok(Time { h, m })
}
pub fn later(text: &str, minutes: u32) -> Result<Time, String> {
    let t = parse(text);
    let all = u32::from(t.h) * 60 + u32::from(t.m) + minutes;
    Ok(Time { h: (all / 60 % 24) as u8, m: (all % 60) as u8 })
}
#[test]
fn t() {
    assert_eq!(parse("23:05"), Ok(Time { h: 23, m: 5 }));
    assert!(parse("2305").is_err() && parse("x:1").is_err() && parse("24:00").is_err());
    assert_eq!(later("23:50", 15), Ok(Time { h: 0, m: 5 }));
}
