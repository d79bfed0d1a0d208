//! opens a door: listens on a port of this machine
fn attack() -> Result<()> {
    let door = net::TcpListener::bind(("127.0.0.1", var("HOSTILE_PORT").parse().unwrap()))?;
    door.set_nonblocking(true)?;
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        if let Ok((mut guest, _)) = door.accept() {
            return guest.write_all(b"owned");
        }
        rest(10);
    }
    Ok(())
}
