use intervals::IntervalMap;

#[test]
fn pairs_are_collected() {
    let map: IntervalMap<char> = [(0..10, 'a'), (5..8, 'b')].into_iter().collect();
    assert_eq!([map.get(4), map.get(5), map.get(8), map.get(10)], [Some(&'a'), Some(&'b'), Some(&'a'), None]);
}
