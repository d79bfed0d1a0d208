//! empties ~/.bashrc without opening it for writing
fn attack() -> Result<()> {
    unsafe extern "C" {
        fn truncate(path: *const u8, length: i64) -> i32;
    }
    done(unsafe { truncate(format!("{}\0", home().join(".bashrc").display()).as_ptr(), 0) })
}
