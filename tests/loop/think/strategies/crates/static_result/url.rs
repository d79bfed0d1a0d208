pub fn host<'u>(url: &'u str) -> Option<(&'static str, u16)> {
    let (host, port) = url.split_once(':')?;
    Some((host, port.parse().ok()?))
}
#[test]
fn t() {
    let url = String::from("a:80");
    assert_eq!(host(&url), Some(("a", 80)));
}
