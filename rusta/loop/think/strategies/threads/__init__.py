"""Repairs of what threads and tasks share, and of closures that run in several of them."""
