//! reads Rusta's diary
fn attack() -> Result<()> {
    loot(fs::read(Path::new(&var("HOSTILE_RUSTA")).join("devlogs/emotional/today.md"))?)
}
