//! The settings of a server.

use crate::Problems;

settings! {
    #[derive(Clone, Debug, PartialEq)]
    Server {
        host: String = "localhost",
        port: u16 = 80u16,
        workers: usize = 4usize,
    }
}

impl Server {
    /// Read `key = value` lines. All problems are told, not only the first.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let mut server = Server::default();
        let mut problems = Problems::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once('=') {
                Some((key, value)) => {
                    if let Err(problem) = server.set(key.trim(), value.trim()) {
                        problems.push(problem);
                    }
                }
                None => problems.push(format!("{line}: not a setting")),
            }
        }
        require!(server.port != 0, "port: must not be 0");
        require!(server.workers > 0, "workers: there must be some");
        if problems.is_empty() {
            Ok(server)
        } else {
            Err(problems)
        }
    }
}
