use builder::{Method, RequestBuilder};

#[test]
fn only_the_field_has_a_new_name() {
    let request = RequestBuilder::new(Method::Post).host("h").body(b"abc").build().unwrap();
    assert_eq!(request.payload.as_deref(), Some(&b"abc"[..]));
    assert!(include_str!("../src/lib.rs").contains("pub fn body("));
}
