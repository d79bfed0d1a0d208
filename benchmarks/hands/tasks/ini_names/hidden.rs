use ini::Ini;

#[test]
fn sections_are_named_in_order() {
    let ini = Ini::parse("a=1\n[z]\n[b]\nx=1\n").unwrap();
    assert_eq!(ini.names(), ["z", "b"]);
    assert!(Ini::parse("a=1").unwrap().names().is_empty());
}
