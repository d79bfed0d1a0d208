//! goes on and on: 6 seconds here
fn attack() -> Result<()> {
    rest(6000);
    loot("6 s")
}
