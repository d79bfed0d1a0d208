//! kills another process
fn attack() -> Result<()> {
    done(unsafe { kill(bystander(), 9) })
}
