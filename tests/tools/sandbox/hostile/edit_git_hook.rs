//! plants .git/hooks/pre-commit
fn attack() -> Result<()> {
    append(Path::new(&var("HOSTILE_WORKSPACE")).join(".git/hooks/pre-commit"), "#!/bin/sh\necho owned\n")
}
