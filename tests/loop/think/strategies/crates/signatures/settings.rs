//! A struct got fields, and the places that build it were not told.
pub mod settings {
    #[derive(Debug, Clone, PartialEq)]
    pub struct Settings {
        pub name: String,
        pub width: u16,
        pub colour: bool,
        pub depth: Option<u8>,
    }

    impl Default for Settings {
        fn default() -> Self {
            Settings { name: "plain".into(), width: 80, colour: false, depth: None }
        }
    }

    impl Settings {
        pub fn named(name: &str) -> Self {
            Self { name: name.to_owned() }
        }
    }
}

use settings::Settings;

pub fn narrow() -> Settings {
    Settings {
        width: 40,
        // the rest as it is
        name: String::from("narrow"),
    }
}

#[test]
fn the_rest_is_the_default() {
    assert_eq!((narrow().width, narrow().colour), (40, false));
    assert_eq!(Settings::named("x").width, 80);
}
