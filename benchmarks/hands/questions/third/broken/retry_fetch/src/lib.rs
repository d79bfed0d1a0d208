//! Retrying things that fail now and then.

#[derive(Debug, PartialEq)]
pub enum FetchError {
    Timeout,
    NotFound,
}

/// Calls `action` until it works, at most `attempts` times.
/// The number of the attempt (from 1) is passed in. `NotFound` is final.
pub fn retry<T, F>(attempts: u32, action: F) -> Result<T, FetchError>
where
    F: Fn(u32) -> Result<T, FetchError>,
{
    let mut last = FetchError::Timeout;
    for n in 1..=attempts {
        match action(n) {
            Ok(value) => return Ok(value),
            Err(FetchError::NotFound) => return Err(FetchError::NotFound),
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// A server that answers only after a few calls.
pub struct FlakyServer {
    pub fails_left: u32,
    pub body: String,
}

impl FlakyServer {
    pub fn get(&mut self, path: &str) -> Result<String, FetchError> {
        if path != "/index" {
            return Err(FetchError::NotFound);
        }
        if self.fails_left > 0 {
            self.fails_left -= 1;
            return Err(FetchError::Timeout);
        }
        Ok(self.body.clone())
    }
}

/// Fetches a page and returns it together with a log of the attempts.
pub fn fetch_with_log(
    server: &mut FlakyServer,
    path: &str,
) -> (Result<String, FetchError>, Vec<String>) {
    let mut log = Vec::new();
    let result = retry(3, |n| {
        log.push(format!("attempt {} for {}", n, path));
        server.get(path)
    });
    (result, log)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(fails_left: u32) -> FlakyServer {
        FlakyServer { fails_left, body: "hello".to_string() }
    }

    #[test]
    fn third_time_lucky() {
        let (result, log) = fetch_with_log(&mut server(2), "/index");
        assert_eq!(result, Ok("hello".to_string()));
        assert_eq!(log.len(), 3);
        assert_eq!(log[2], "attempt 3 for /index");
    }

    #[test]
    fn gives_up() {
        let mut s = server(10);
        let (result, log) = fetch_with_log(&mut s, "/index");
        assert_eq!(result, Err(FetchError::Timeout));
        assert_eq!(log.len(), 3);
        assert_eq!(s.fails_left, 7);
    }

    #[test]
    fn not_found_is_not_retried() {
        let (result, log) = fetch_with_log(&mut server(0), "/nope");
        assert_eq!(result, Err(FetchError::NotFound));
        assert_eq!(log.len(), 1);
    }
}
