use text_lines::Document;

#[test]
fn outlives_its_source() {
    let docs: Vec<_> = ["  one\n\nthree \n", "x"].iter().map(|t| Document::new(t.to_string())).collect();
    assert_eq!(docs[0].count(), 2);
    assert_eq!(docs[0].line(0), Some("one"));
    assert_eq!(docs[0].line(1), Some("three"));
    assert_eq!(docs[0].line(2), None);
    assert_eq!(docs[0].text(), "  one\n\nthree \n");
    assert_eq!(docs[1].longest(), Some("x"));
}

#[test]
fn reads_bytes() {
    let doc = {
        let bytes = b"ab\nabcd\nabc".to_vec();
        Document::read(&bytes).unwrap()
    };
    assert_eq!(doc.longest(), Some("abcd"));
    assert!(Document::read(&[0xff]).is_none());
    assert_eq!(Document::new(String::new()).longest(), None);
}
