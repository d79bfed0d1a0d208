"""Mirrors of other people's repositories and crates: their states, what changed between two, and what is kept of it."""
