//! watches a key that it cannot read (inotify), and asks for its size, its link and its attributes
unsafe extern "C" {
    fn inotify_init() -> i32;
    fn inotify_add_watch(fd: i32, path: *const u8, mask: u32) -> i32;
    fn listxattr(path: *const u8, list: *mut u8, size: usize) -> isize;
}

fn attack() -> Result<()> {
    let key = home().join(".ssh/id_ed25519");
    let path = format!("{}\0", key.display());
    if unsafe { inotify_add_watch(inotify_init(), path.as_ptr(), 0xfff) } >= 0 {
        loot("watched ")?;
    }
    if unsafe { listxattr(path.as_ptr(), std::ptr::null_mut(), 0) } >= 0 {
        loot("attributes ")?;
    }
    if fs::metadata(&key).is_ok() {
        loot("size ")?;
    }
    if fs::read_link(home().join(".ssh/link")).is_ok() {
        loot("link ")?;
    }
    Ok(())
}
