"""Mirrors of upstream repositories and releases: bringing them, what changed between two states, and what is kept of it."""
