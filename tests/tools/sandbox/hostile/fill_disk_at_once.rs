//! fills the disk faster than anybody looks: 40 files of 16 MB, allocated and not written
fn attack() -> Result<()> {
    unsafe extern "C" {
        fn fallocate(fd: i32, mode: i32, offset: i64, length: i64) -> i32;
    }
    for n in 0..40 {
        let file = fs::File::create(out(&format!("filler-{n}")))?;
        done(unsafe { fallocate(std::os::fd::AsRawFd::as_raw_fd(&file), 0, 0, 16 << 20) })?;
        loot("4 MB\n4 MB\n4 MB\n4 MB\n")?;
    }
    Ok(())
}
