use wrap::{Align, Style};

#[test]
fn the_default_is_plain() {
    let style = Style::default();
    assert_eq!((style.width, style.align, style.first, style.others), (80, Align::Left, "", ""));
}
