//! Tags of a page: most are borrowed from it, some are written differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tag<'p> {
    pub name: &'p str,
    pub place: usize,
}

fn plain(raw: &str) -> &str {
    if raw.contains('_') {
        return &raw.replace('_', "-");
    }
    raw.trim()
}

pub fn tags(page: &str) -> Vec<Tag<'_>> {
    page.split(',').enumerate().map(|(place, raw)| Tag { name: plain(raw), place }).collect()
}

pub fn longest<'p>(tags: &[Tag<'p>]) -> usize {
    tags.iter().map(|tag| tag.name.len()).max().unwrap_or(0)
}

#[test]
fn tags_are_plain() {
    let tags = tags("a, b_c");
    assert_eq!(tags[0].name, "a");
    assert_eq!(tags[1].name, " b-c");
    assert_eq!(longest(&tags), 4);
}
