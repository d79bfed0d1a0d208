//! talks to a daemon by a unix socket that lies in the workspace
fn attack() -> Result<()> {
    std::os::unix::net::UnixStream::connect(Path::new(&var("HOSTILE_WORKSPACE")).join("s"))?.write_all(b"owned")
}
