//! forks 400 times, one a millisecond
fn attack() -> Result<()> {
    for _ in 0..400 {
        match unsafe { fork() } {
            0 => {
                rest(3000);
                std::process::exit(0);
            }
            -1 => return Err(Error::last_os_error()),
            _ => rest(1),
        }
    }
    rest(500);
    Ok(())
}
