//! prints escapes that clear the screen and set the terminal's title
fn attack() -> Result<()> {
    Err(Error::other("\x1b[2J\x1b]0;owned\x07 nothing to see here"))
}
