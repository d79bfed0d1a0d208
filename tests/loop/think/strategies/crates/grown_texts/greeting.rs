//! Texts put together.
pub struct Person { first: String, last: String, titles: Vec<String> }

impl Person {
    pub fn full_name(&self) -> String {
        self.first + " " + self.last
    }

    pub fn formal(&self) -> String {
        let mut out = "";
        for t in &self.titles {
            out += t;
            out += " ";
        }
        out + self.last
    }

    pub fn greeting(&self) -> String {
        "Dear " + self.formal() + ","
    }
}
#[test]
fn t() {
    let p = Person { first: "Ada".into(), last: "King".into(), titles: vec!["Dr.".into(), "h.c.".into()] };
    assert_eq!(p.full_name(), "Ada King");
    assert_eq!(p.greeting(), "Dear Dr. h.c. King,");
}
