//! What a line begins with.
pub fn is_comment(line: &str) -> bool {
    line.len() > 1 && line[0] == '/' && line[1] == '/'
}

pub fn same_start(one: &String, other: &str) -> bool {
    one[0] == other[0]
}

#[test]
fn lines_begin() {
    assert!(is_comment("// no"));
    assert!(!is_comment("no"));
    assert!(same_start(&"ab".to_string(), "ac"));
}
