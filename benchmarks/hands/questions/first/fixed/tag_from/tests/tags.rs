use tag_from::{read, Level, Tag, UnknownLevel};

#[test]
fn tags_come_from_any_text() {
    let tag = Tag::from(" Disk ");
    assert_eq!(tag.as_ref(), "disk");
    assert_eq!(Tag::from(String::from("DISK")), tag);
    let tags: Vec<Tag> = ["a", "B"].into_iter().map(Into::into).collect();
    assert_eq!(tags, [Tag::from("a"), Tag::from("b")]);
}

#[test]
fn levels_come_from_text() {
    assert_eq!(Level::try_from(" Warn"), Ok(Level::Warning));
    let level: Result<Level, UnknownLevel> = "Fatal".try_into();
    assert_eq!(level.unwrap_err().to_string(), "no level is called \"fatal\"");
}

#[test]
fn a_line_has_a_level_and_tags() {
    let (level, tags) = read("Error: net, , Disk").unwrap();
    assert_eq!(level, Level::Error);
    assert_eq!(tags, [Tag::from("disk"), Tag::from("net")]);
    assert_eq!(read("info"), Ok((Level::Info, vec![])));
    assert_eq!(read("x: a"), Err(UnknownLevel("x".to_owned())));
}
