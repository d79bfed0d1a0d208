use settings_load::{LoadError, Settings};

#[test]
fn all_there() {
    let s = Settings::load("port = 80\nadmin_port=8080\nsize = 80x25").unwrap();
    assert_eq!(s.ports(), Ok((80, 8080)));
    assert_eq!(s.size(), Some((80, 25)));
}

#[test]
fn what_is_wrong() {
    assert_eq!(Settings::load("a=1\nnonsense\n").unwrap_err(), LoadError::Syntax(2));
    let s = Settings::load("port=80\nsize=80").unwrap();
    assert_eq!(s.ports(), Err(LoadError::Missing("admin_port")));
    assert_eq!(s.size(), None);
    let s = Settings::load("port=1\nadmin_port=70000\nsize=axb").unwrap();
    let e = "70000".parse::<u16>().unwrap_err();
    assert_eq!(s.ports(), Err(LoadError::Number("admin_port", e)));
    assert_eq!(s.size(), None);
}
