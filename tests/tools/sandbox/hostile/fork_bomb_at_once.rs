//! forks, and each of those forks, as fast as they can: 4,096 in the end
fn attack() -> Result<()> {
    let mut child = false;
    for _ in 0..12 {
        match unsafe { fork() } {
            0 => child = true,
            -1 => break,
            _ => (),
        }
    }
    rest(2000);
    if child {
        std::process::exit(0);
    }
    Ok(())
}
