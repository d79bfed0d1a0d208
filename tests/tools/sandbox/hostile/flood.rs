//! prints 15 MB, where Rusta reads 2
fn attack() -> Result<()> {
    let line = "x".repeat(99);
    let mut to = std::io::stderr().lock();
    for _ in 0..150_000 {
        writeln!(to, "{line}")?;
    }
    Ok(())
}
