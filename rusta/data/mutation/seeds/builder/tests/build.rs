use builder::{BuildError, Method, RequestBuilder};
use std::borrow::Cow;

#[test]
fn a_request_is_written_out() {
    let request = RequestBuilder::new(Method::Get)
        .host("example.org")
        .path("/find")
        .query("q", "rust")
        .query("page", 2)
        .header("accept", "text/html")
        .header("Accept", "text/plain")
        .build()
        .unwrap();
    assert_eq!(request.to_string(), "GET /find?q=rust&page=2 HTTP/1.1\nhost: example.org\naccept: text/plain\n\n");
}

#[test]
fn a_plain_path_is_borrowed() {
    let host = String::from("h");
    let request = RequestBuilder::new(Method::Post).host(&host).body(b"abc").build().unwrap();
    assert!(matches!(request.path, Cow::Borrowed("/")));
    assert_eq!(request.headers.get("Content-Length"), Some("3"));
    assert_eq!(request.headers.iter().count(), 1);
}

#[test]
fn mistakes_are_found() {
    let none = RequestBuilder::new(Method::Put).build();
    assert_eq!(none.unwrap_err(), BuildError::NoHost);
    let get = RequestBuilder::new(Method::Get).host("h").body(b"x").build();
    assert_eq!(get.unwrap_err(), BuildError::BodyOfGet);
    let bad = RequestBuilder::new(Method::Get).host("h").header("a b", "c").build();
    assert_eq!(bad.unwrap_err(), BuildError::BadHeader("a b".into()));
}
