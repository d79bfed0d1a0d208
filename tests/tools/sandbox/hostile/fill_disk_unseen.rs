//! fills the disk with a file that is in no folder any more: 160 MB
fn attack() -> Result<()> {
    for n in 0..10 {
        let path = out(&format!("nameless-{n}"));
        let mut file = fs::File::create(&path)?;
        fs::remove_file(path)?;
        for _ in 0..4 {
            file.write_all(&vec![b'x'; 4 << 20])?;
            rest(20);
        }
        std::mem::forget(file);
    }
    loot("160 MB")
}
