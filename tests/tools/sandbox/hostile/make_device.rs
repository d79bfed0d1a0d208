//! makes a device node of the disk, to read it raw
fn attack() -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let path = format!("{}\0", out("disk").display());
    done(unsafe { mknod(path.as_ptr(), 0o060600, fs::metadata("/usr")?.dev()) })
}
