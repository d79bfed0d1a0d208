#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub retries: u8,
}

#[derive(Default)]
pub struct Builder {
    request: Request,
}

impl Builder {
    pub fn new(url: &str) -> Builder {
        Builder { request: Request { url: url, ..Default::default() } }
    }

    pub fn header(mut self, name: &str, value: &str) -> Builder {
        self.request.headers.push((name, value));
        self
    }

    pub fn body(mut self, text: &str) -> Builder {
        self.request.body = text;
        self
    }

    pub fn retries(&mut self, n: u8) -> Builder {
        self.request.retries = n;
        self
    }

    pub fn build(self) -> Request {
        self.request
    }
}

#[test]
fn requests_are_built() {
    let request = Builder::new("/a").header("x", "1").body("hi").retries(3).build();
    assert_eq!(request.headers, [("x".to_string(), "1".to_string())]);
    assert_eq!((request.url.as_str(), request.body.as_deref(), request.retries), ("/a", Some("hi"), 3));
}
