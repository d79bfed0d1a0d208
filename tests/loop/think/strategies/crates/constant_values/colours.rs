pub static COLOURS: Vec<(&str, u32)> = vec![("red", 0xff0000), ("blue", 0x0000ff)];

pub fn colour(name: &str) -> Option<u32> {
    COLOURS.iter().find(|(one, _)| *one == name).map(|(_, value)| *value)
}

#[test]
fn it_is_known() {
    assert_eq!(colour("blue"), Some(255));
    assert_eq!(colour("pink"), None);
}
