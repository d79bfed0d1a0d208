use trip_display::{Stop, Trip};

fn trip(line: u8, stops: &[(&str, u32)]) -> Trip {
    let stops = stops.iter().map(|&(n, minutes)| Stop { name: n.to_string(), minutes }).collect();
    Trip { line, stops }
}

#[test]
fn shows() {
    let t = trip(7, &[("Port", 0), ("Mill", 4), ("Zoo", 9)]);
    assert_eq!(t.to_string(), "7: Port > Mill > Zoo (13 min)");
    assert_eq!(t.stops[1].to_string(), "Mill");
    assert_eq!(trip(1, &[]).to_string(), "1:  (0 min)");
}

#[test]
fn compares() {
    let (a, b) = (trip(1, &[("A", 5)]), trip(2, &[("A", 2), ("B", 4)]));
    assert!(b.is_longer_than(&a));
    assert!(!a.is_longer_than(&b));
    assert!(!a.is_longer_than(&a));
}
