"""Repairs where a dependency is half of the fault: its features, versions, macros and traits."""
