"""The caller's environment variables that a build may see: those that locate and configure the toolchain, no tokens."""

ENVIRONMENT = (
    "PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "TERM", "COLORTERM", "NO_COLOR",
    "RUSTUP_TOOLCHAIN", "RUST_BACKTRACE", "RUSTFLAGS", "RUSTDOCFLAGS", "CARGO_BUILD_JOBS", "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS", "CARGO_INCREMENTAL", "CARGO_TERM_COLOR",
    "CC", "CXX", "AR", "CFLAGS", "CXXFLAGS", "LDFLAGS", "LD_LIBRARY_PATH", "LIBRARY_PATH", "PKG_CONFIG_PATH",
)  # fmt: skip
