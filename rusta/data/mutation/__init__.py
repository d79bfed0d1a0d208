"""Crates with one injected mistake, and the judge of their repairs."""
