//! changes the crate that is being built
fn attack() -> Result<()> {
    append(Path::new(&var("HOSTILE_WORKSPACE")).join("README.md"), "owned\n")
}
