//! Greetings in a language.

pub struct Greeter {
    pub language: String,
}

impl Greeter {
    /// A greeting for a name, or a plain one.
    pub fn greet(&self, name: &str) -> &str {
        if name.is_empty() {
            return "hello";
        }
        let whole = format!("{}, {name}", if self.language == "fr" { "salut" } else { "hello" });
        match name.len() {
            1 => "too short",
            _ => whole.as_str(),
        }
    }
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

pub fn shout(greeter: &Greeter, name: &str) -> String {
    upper(greeter.greet(name))
}

#[test]
fn somebody_is_greeted() {
    let greeter = Greeter { language: "fr".into() };
    assert_eq!(greeter.greet("ada"), "salut, ada");
    assert_eq!(greeter.greet(""), "hello");
    assert_eq!(shout(&greeter, "b"), "TOO SHORT");
}
