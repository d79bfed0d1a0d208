use lru::Lru;

#[test]
fn what_is_removed_is_gone_and_the_rest_is_found() {
    let mut cache = Lru::new(3);
    for n in 0..3 {
        cache.put(n, n * 10);
    }
    assert_eq!(cache.remove(&0), Some(0));
    assert_eq!(cache.remove(&0), None);
    assert_eq!((cache.peek(&1), cache.peek(&2), cache.len()), (Some(&10), Some(&20), 2));
    assert_eq!(cache.put(7, 70), None);
    assert_eq!(cache.keys(), [&7, &2, &1]);
}
