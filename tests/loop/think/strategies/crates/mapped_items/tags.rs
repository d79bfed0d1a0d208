use std::collections::HashMap;

pub struct Page {
    pub tags: Vec<String>,
}

pub fn tags(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| word.starts_with('#')).collect()
}

pub fn views(page: &Page) -> Vec<&str> {
    page.tags.iter().collect()
}

pub fn counts(rows: &[(&str, u32)]) -> HashMap<String, u32> {
    rows.iter().copied().collect()
}

#[test]
fn tags_are_found() {
    let page = Page { tags: tags("a #b #c") };
    assert_eq!(views(&page), ["#b", "#c"]);
    assert_eq!(counts(&[("x", 2)])["x"], 2);
}
