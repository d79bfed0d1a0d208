#[derive(Debug, PartialEq)]
pub enum Fault {
    Over { limit: u32 },
    Under(u32, String),
}

pub fn checked(name: &str, value: u32) -> Result<u32, Fault> {
    let limit = 100;
    if value > limit {
        return Err(Fault::Over { limit });
    }
    if value < 10 {
        return Err(Fault::Under);
    }
    Ok(value)
}

#[test]
fn values_are_checked() {
    assert_eq!(checked("a", 101), Err(Fault::Over { limit: 100 }));
    assert_eq!(checked("b", 3), Err(Fault::Under(3, "b".to_string())));
    assert_eq!(checked("c", 30), Ok(30));
}
