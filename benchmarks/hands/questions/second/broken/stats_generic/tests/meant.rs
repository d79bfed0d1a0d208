use stats_generic::{jumps, largest, mean};

#[test]
fn largest_of_anything() {
    let words = vec!["pear".to_string(), "plum".to_string(), "fig".to_string()];
    assert_eq!(largest(&words).map(String::as_str), Some("plum"));
    assert_eq!(largest(&[0.5, -1.0]), Some(&0.5));
    assert_eq!(largest::<u8>(&[]), None);
    let pair = [1.0, 1.0];
    assert!(std::ptr::eq(largest(&pair).unwrap(), &pair[0]));
}

#[test]
fn mean_of_numbers() {
    assert_eq!(mean(&[1i32, 2, 6]), 3.0);
    assert_eq!(mean(&[1u8, 2]), 1.5);
    assert_eq!(mean(&[0.5f32, 1.5]), 1.0);
    assert_eq!(mean::<u8>(&[]), 0.0);
}

#[test]
fn jumps_both_ways() {
    assert_eq!(jumps(&[1u32, 5, 4, 0], 3), 2);
    assert_eq!(jumps(&[0.0, 0.5, 2.0], 1.0), 1);
    assert_eq!(jumps(&[7i64], 0), 0);
}
