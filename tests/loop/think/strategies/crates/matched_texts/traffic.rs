pub struct Light {
    state: String,
}

impl Light {
    pub fn new(state: &str) -> Self {
        Light { state: state.to_string() }
    }

    pub fn next(&self) -> &str {
        match self.state {
            "green" => "yellow",
            "yellow" => "red",
            _ => "green",
        }
    }
}

#[test]
fn it_changes() {
    assert_eq!(Light::new("green").next(), "yellow");
    assert_eq!(Light::new("red").next(), "green");
}
