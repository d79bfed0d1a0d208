"""Rusta: a local-first Rust engineer with a mind, a memory and a character of her own."""

__version__ = "0.1.0"
