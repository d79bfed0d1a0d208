use session_sweep::Sessions;

#[test]
fn sweeps_old_ones() {
    let mut s = Sessions::new(10);
    s.open("bo/1", false);
    s.open("ada/1", false);
    s.open("root/1", true);
    s.now = 10;
    assert!(s.sweep().is_empty());
    s.open("ada/2", false);
    s.now = 11;
    assert_eq!(s.sweep(), ["ada/1", "bo/1"]);
    assert_eq!((s.swept, s.len()), (2, 2));
}

#[test]
fn touches_only_the_user() {
    let mut s = Sessions::new(5);
    s.open("ada/1", false);
    s.open("ada/2", false);
    s.open("adam/1", false);
    s.now = 4;
    s.touch_user("ada");
    s.now = 9;
    assert_eq!(s.sweep(), ["adam/1"]);
    s.now = 10;
    assert_eq!(s.sweep().len(), 2);
    assert!(s.is_empty());
    assert_eq!(s.swept, 3);
}
