"""Repairs where one type stands and another is asked for: errors, numbers, what is collected."""
