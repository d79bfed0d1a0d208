//! A request that is put together from borrowed parts.

pub struct Request<'r> {
    parts: Vec<&'r str>,
}

impl<'r> Request<'r> {
    fn with(&mut self, part: &'r str) -> &mut Self {
        self.parts.push(part);
        self
    }
}

pub fn line(path: &str, page: u32) -> String {
    let mut request = Request { parts: vec!["GET"] };
    {
        // the path comes first
        request.with(path);
        request.with(&format!("?page={page}"));
    }
    if page > 1 {
        request.with(&page.to_string());
    }
    request.parts.join(" ")
}

#[test]
fn parts_are_joined() {
    assert_eq!(line("/a", 1), "GET /a ?page=1");
    assert_eq!(line("/a", 2), "GET /a ?page=2 2");
}
