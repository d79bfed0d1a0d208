"""Repairs of what items say of themselves: bounds, derives, lifetimes, trait objects, attributes, fields."""
