//! Rows of a table that are named and kept.

pub fn kept<N: Fn(&str) -> Option<String>, K>(rows: &[&str], name: N, keep: K) -> Vec<String>
where
    K: Fn(&str) -> bool,
{
    rows.iter().filter(|row| keep(row)).filter_map(|row| name(row)).collect()
}

pub fn without_notes<N, K>(text: &str, name: N, keep: K) -> Vec<String> {
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    kept(&rows, name, keep)
}

#[test]
fn notes_and_what_has_no_name_are_left_out() {
    let first = |row: &str| row.split(',').next().filter(|one| !one.is_empty()).map(str::to_string);
    assert_eq!(without_notes("# all\nada,1\n,2\nbob,0\n", first, |row| !row.ends_with('0')), ["ada"]);
}
