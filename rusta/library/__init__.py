"""What this machine knows about Rust: passages and items of the installed toolchain's documentation, found by key or by words."""
