"""Errors that a newer release of a dependency brought: what it says it changed, at the sites that it broke."""
