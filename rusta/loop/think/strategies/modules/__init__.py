"""Repairs of the crate's own modules, visibility, features and edition."""
