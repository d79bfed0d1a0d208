pub struct Time { pub hour: u32, pub minute: u32 }
pub fn parse(text: &str) -> Result<Time, String> {
    let (hour, minute) = text.split_once(':').ok_or("no colon")?;
    Ok(Time { hour: hour.parse().map_err(|_| "hour")?, minute: minute.parse().map_err(|_| "minute")? })
}
pub fn told(text: &str) -> Result<String, String> {
    let time = parse(text);
    Ok(format!("{} past {}", time.minute, time.hour))
}
#[test]
fn t() { assert_eq!(told("7:30").unwrap(), "30 past 7"); }
