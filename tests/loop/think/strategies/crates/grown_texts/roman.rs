pub struct Numeral(pub u32);

impl Numeral {
    pub fn text(&self) -> String {
        let mut rest = self.0;
        let mut text: &str = "";
        for (value, sign) in [(10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")] {
            while rest >= value {
                text += sign;
                rest -= value;
            }
        }
        text
    }
}

#[test]
fn it_counts() {
    assert_eq!(Numeral(29).text(), "xxix");
}
