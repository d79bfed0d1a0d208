use lru::Lru;

#[test]
fn it_is_called_insert() {
    let mut cache = Lru::new(1);
    assert_eq!(cache.insert("a", 1), None);
    assert_eq!(cache.insert("b", 2), Some(("a", 1)));
    assert!(!include_str!("../src/lib.rs").contains(".put("));
}
