use builder::{BuildError, Method, RequestBuilder};

#[test]
fn delete_has_no_body() {
    assert_eq!(Method::Delete.name(), "DELETE");
    assert!(RequestBuilder::new(Method::Delete).host("h").build().is_ok());
    let body = RequestBuilder::new(Method::Delete).host("h").body(b"x").build();
    assert_eq!(body.unwrap_err(), BuildError::BodyOfGet);
    assert!(RequestBuilder::new(Method::Put).host("h").body(b"x").build().is_ok());
}
