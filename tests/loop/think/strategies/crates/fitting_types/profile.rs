#[derive(Default)]
pub struct Profile {
    pub name: Option<String>,
    pub motto: Option<String>,
    pub friends: Vec<String>,
}

fn quoted(text: Option<&str>) -> String {
    match text {
        Some(text) => format!("\"{text}\""),
        None => "-".to_string(),
    }
}

impl Profile {
    pub fn card(&self) -> String {
        format!("{} says {}", quoted(self.name), quoted(self.motto))
    }

    pub fn knows(&self, name: String) -> bool {
        self.friends.contains(name)
    }

    pub fn first_friend(&self) -> &str {
        self.friends.first().unwrap_or("nobody")
    }

    pub fn set_name(&mut self, name: &str) {
        self.name = name;
    }
}

#[test]
fn a_profile_is_shown() {
    let mut profile = Profile::default();
    assert_eq!(profile.first_friend(), "nobody");
    profile.set_name("Kim");
    profile.friends.push("Lou".to_string());
    assert_eq!(profile.card(), "\"Kim\" says -");
    assert!(profile.knows("Lou".to_string()));
    assert_eq!(profile.first_friend(), "Lou");
}
