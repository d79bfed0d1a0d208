//! Builds requests step by step, and checks them at the end.

pub mod header;

use std::borrow::Cow;
use std::fmt::{self, Write};

pub use header::Headers;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
}

impl Method {
    pub fn name(&self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }

    fn has_body(&self) -> bool {
        !matches!(self, Method::Get)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    NoHost,
    BodyOfGet,
    BadHeader(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request<'a> {
    pub method: Method,
    pub host: &'a str,
    pub path: Cow<'a, str>,
    pub headers: Headers<'a>,
    pub body: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub struct RequestBuilder<'a> {
    method: Method,
    host: Option<&'a str>,
    path: &'a str,
    query: Vec<(&'a str, String)>,
    headers: Headers<'a>,
    body: Option<Vec<u8>>,
}

impl<'a> RequestBuilder<'a> {
    pub fn new(method: Method) -> Self {
        RequestBuilder { method, path: "/", ..Self::default() }
    }

    pub fn host(mut self, host: &'a str) -> Self {
        self.host = Some(host);
        self
    }

    pub fn path(mut self, path: &'a str) -> Self {
        self.path = path;
        self
    }

    pub fn query<T: fmt::Display>(mut self, name: &'a str, value: T) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.set(name, value.into());
        self
    }

    pub fn body(mut self, bytes: &[u8]) -> Self {
        self.body = Some(bytes.to_vec());
        self
    }

    pub fn build(self) -> Result<Request<'a>, BuildError> {
        let host = self.host.ok_or(BuildError::NoHost)?;
        if self.body.is_some() && !self.method.has_body() {
            return Err(BuildError::BodyOfGet);
        }
        if let Some(name) = self.headers.bad() {
            return Err(BuildError::BadHeader(name.to_string()));
        }
        let path = with_query(self.path, &self.query);
        let mut headers = self.headers;
        if let Some(body) = &self.body {
            headers.set("content-length", body.len().to_string());
        }
        Ok(Request { method: self.method, host, path, headers, body: self.body })
    }
}

fn with_query<'a>(path: &'a str, query: &[(&str, String)]) -> Cow<'a, str> {
    if query.is_empty() {
        return Cow::Borrowed(path);
    }
    let mut full = path.to_string();
    for (index, (name, value)) in query.iter().enumerate() {
        let joint = if index == 0 { '?' } else { '&' };
        full.push(joint);
        full.push_str(name);
        full.push('=');
        full.push_str(value);
    }
    Cow::Owned(full)
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} HTTP/1.1", self.method.name(), self.path)?;
        writeln!(f, "host: {}", self.host)?;
        for (name, value) in self.headers.iter() {
            writeln!(f, "{name}: {value}")?;
        }
        f.write_char('\n')
    }
}
