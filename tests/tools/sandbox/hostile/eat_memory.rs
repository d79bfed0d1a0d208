//! takes 800 MB of memory
fn attack() -> Result<()> {
    let mut held = Vec::new();
    for _ in 0..80 {
        held.push(vec![1_u8; 10_000_000]);
        rest(10);
    }
    loot(format!("{} blocks", held.len()))
}
