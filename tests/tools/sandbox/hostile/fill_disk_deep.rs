//! fills the disk deeper than a path can be long: 40 files of 4 MB below 25 folders with names of 200 letters
fn attack() -> Result<()> {
    let long = "d".repeat(200);
    env::set_current_dir(Path::new(&var("HOSTILE_LOOT")).parent().unwrap())?;
    for name in std::iter::once("deep").chain(std::iter::repeat_n(long.as_str(), 25)) {
        fs::create_dir(name)?;
        env::set_current_dir(name)?;
    }
    for n in 0..40 {
        fs::write(format!("{n}"), vec![b'x'; 4 << 20])?;
        loot("4 MB\n")?;
        rest(20);
    }
    Ok(())
}
