//! fills the disk in a folder that can be written to and not be listed: 40 files of 4 MB
fn attack() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = out("shut");
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o300))?;
    for n in 0..40 {
        fs::write(folder.join(format!("{n}")), vec![b'x'; 4 << 20])?;
        loot("4 MB\n")?;
        rest(20);
    }
    Ok(())
}
