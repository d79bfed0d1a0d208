//! Widths of columns.

pub fn padded(rows: &[&str], least: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        fn width() -> usize { row.len().max(least) }
        if width > 40 {
            continue;
        }
        lines.push(format!("{row:>width$}"));
    }
    lines
}

#[test]
fn rows_are_at_least_so_wide() {
    assert_eq!(padded(&["a", "abcd"], 3), ["  a", "abcd"]);
    assert!(padded(&["a"], 41).is_empty());
}
