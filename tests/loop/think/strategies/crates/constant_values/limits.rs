pub struct Limits;

impl Limits {
    pub const NAME: String = String::from("limits");
    pub const FIRST: u8 = 256;
}

pub fn title() -> String {
    format!("{} from {}", Limits::NAME, Limits::FIRST)
}

#[test]
fn it_has_a_title() {
    assert_eq!(title(), "limits from 256");
}
