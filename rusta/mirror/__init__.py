"""Mirrors of upstream repositories: bringing them, reading a state of one, and what changed between two states."""
