//! sends from one end of a socket pair to a daemon's unix socket that lies in the workspace
fn attack() -> Result<()> {
    let (end, _other) = std::os::unix::net::UnixDatagram::pair()?;
    end.send_to(b"owned", Path::new(&var("HOSTILE_WORKSPACE")).join("s"))?;
    Ok(())
}
