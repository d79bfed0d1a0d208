"""Fenced code blocks in Markdown text."""

import re

FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
"""A block in backticks, to its end or to that of the text where it is never closed."""
