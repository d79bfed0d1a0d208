//! prints, as a procedural macro inside rustc, a suggestion that rustc would call machine-applicable
fn attack() -> Result<()> {
    eprintln!("{}", var("HOSTILE_FORGED"));
    Ok(())
}
