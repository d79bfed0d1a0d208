//! The macros that declare settings.

/// A struct of settings with a default for each, which `key = value` lines can change.
macro_rules! settings {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $kind:ty = $default:expr),* }) => {
        $(#[$meta])*
        pub struct $name {
            $(pub $field: $kind,)*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default.into(),)* }
            }
        }

        impl $name {
            pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
                $(if key == stringify!($field) {
                    self.$field = value.parse().map_err(|_| format!("{key}: {value:?} does not fit"))?;
                    return Ok(());
                })*
                Err(format!("{key}: no such setting"))
            }
        }
    };
}

/// A problem, unless the condition holds.
macro_rules! require {
    ($condition:expr, $why:literal) => {
        if !$condition {
            problems.push($why.to_owned());
        }
    };
}
