"""Broken crates: real code with one thing broken, what fixes it, and who judges the fix."""
