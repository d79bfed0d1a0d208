"""Questions on Rust whose answers are graded by patterns, and the ways of answering that are compared."""
