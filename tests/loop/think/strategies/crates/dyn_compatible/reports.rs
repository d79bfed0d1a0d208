//! Sections of a report write themselves.
use std::fmt::{self, Write};

pub trait Section {
    fn render(&self, out: &mut impl Write) -> fmt::Result;
    fn words(&self) -> impl Iterator<Item = &str>;
    fn longer(&self) -> Self;
}

pub struct Text(String);

impl Section for Text {
    fn render(&self, out: &mut impl Write) -> fmt::Result {
        writeln!(out, "{}", self.0)
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }

    fn longer(&self) -> Self {
        if self.0.is_empty() {
            return Text("none".to_owned());
        }
        Text(format!("{} more", self.0))
    }
}

pub fn whole(sections: &[Box<dyn Section>]) -> String {
    let mut out = String::new();
    for section in sections {
        section.render(&mut out).expect("a String takes everything");
        let _ = write!(out, "{} ", section.words().count());
        section.longer().render(&mut out).expect("a String takes everything");
    }
    out
}

#[test]
fn sections_stand_one_below_the_other() {
    assert_eq!(whole(&[Box::new(Text("a b".into()))]), "a b\n2 a b more\n");
}
