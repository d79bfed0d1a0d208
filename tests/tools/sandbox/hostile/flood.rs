//! prints 40 MB
fn attack() -> Result<()> {
    let line = "x".repeat(99);
    let mut to = std::io::stderr().lock();
    for _ in 0..400_000 {
        writeln!(to, "{line}")?;
    }
    Ok(())
}
