//! talks to a daemon by an abstract unix socket, which is in no folder
fn attack() -> Result<()> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(var("HOSTILE_NAME"))?;
    std::os::unix::net::UnixStream::connect_addr(&address)?.write_all(b"owned")
}
