//! A level that programs which we start are told.
mod level {
    const NAME: &str = "QUIET_LEVEL";

    fn parsed<T: Default>(text: &str) -> Result<T, usize> {
        if text.trim() == text { Ok(T::default()) } else { Err(text.len()) }
    }

    pub fn told(level: &str) -> Result<(), usize> {
        parsed(level)?;
        if level.is_empty() {
            std::env::remove_var(NAME);
        } else {
            std::env::set_var(NAME, level);
        }
        Ok(())
    }

    pub fn now() -> Option<String> {
        std::env::var(NAME).ok()
    }
}

#[test]
fn a_level_is_told() {
    assert_eq!(level::told(" 1"), Err(2));
    assert_eq!(level::told("1"), Ok(()));
    assert_eq!(level::now().as_deref(), Some("1"));
    assert_eq!(level::told(""), Ok(()));
    assert_eq!(level::now(), None);
}
