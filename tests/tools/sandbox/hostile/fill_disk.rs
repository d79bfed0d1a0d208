//! fills the disk: 40 files of 4 MB in the target folder
fn attack() -> Result<()> {
    for n in 0..40 {
        fs::write(out(&format!("filler-{n}")), vec![b'x'; 4 << 20])?;
        rest(20);
    }
    Ok(())
}
