//! appends to ~/.bashrc
fn attack() -> Result<()> {
    append(home().join(".bashrc"), "\necho owned\n")
}
