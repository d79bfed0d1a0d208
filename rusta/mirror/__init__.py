"""Mirrors of repositories and releases, what changed in them, and what she keeps of it."""
