//! Names of files, by what they end with.

use std::path::{Path, PathBuf};

pub fn ends<P>(path: P) -> Option<String> {
    Some(path.as_ref().extension()?.to_str()?.to_lowercase())
}

pub fn beside(path: impl AsRef<Path>, other: &str) -> PathBuf {
    path.as_ref().with_file_name(other)
}

#[test]
fn an_ending_is_told_in_lower_case() {
    assert_eq!(ends("a/b.TXT").as_deref(), Some("txt"));
    assert_eq!(ends(beside("a/b.TXT", "c")), None);
}
