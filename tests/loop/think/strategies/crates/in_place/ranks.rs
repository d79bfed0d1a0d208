pub fn ranked(points: &[u32]) -> Vec<(usize, u32)> {
    let mut pairs = Vec::new();
    for (place, point) in points {
        pairs.push(place + 1, *point);
    }
    let sorted = pairs.sort_by(|a, b| b.1.cmp(&a.1));
    sorted
}

#[test]
fn points_are_ranked() {
    assert_eq!(ranked(&[4, 9]), [(2, 9), (1, 4)]);
}
