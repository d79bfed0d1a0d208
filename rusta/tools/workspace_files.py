"""Read files of a workspace that are untrusted.

Such a file may be a pipe that never ends, a device, a link to somewhere else, of any length, or TOML that takes a
parser hours. Only regular files up to a maximum size are read, and they are parsed in time linear in that size.

Not covered: a file that changes while it is read, and a file system that itself hangs.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from rusta.core.regular_file import LARGEST_TEXT, read_file

__all__ = ["LARGEST_TEXT", "LARGEST_TOML", "deep", "parse_toml", "read_file", "read_toml"]

LARGEST_TOML = 1 << 18  # bytes; the longest manifests of published crates have about half as many
MOST_PARTS = 32  # of one dotted key: `tomllib` (3.11 to 3.14) keeps every prefix of a key, so n parts take n² of memory

# Tokens of an untrusted TOML file, each character once: strings and comments whole, dots in keys, whatever ends a key.
_TOKEN = re.compile(
    r'''"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+(?:"{3,5}+)?|'''
    r"""'''(?:[^']|'(?!''))*+(?:'{3,5}+)?|"""
    r""""(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*+'?|(?P<comment>\#[^\n]*+)|(?P<dot>\.)|(?P<ends>[^\w\-."'\# \t]++)|[\w\- \t]++"""
)


def read_toml(file: Path, within: Path | None = None, most: int = LARGEST_TOML) -> dict[str, Any] | None:
    """Parse a TOML file; None where it cannot be read (`read_file`) or parsed (`parse_toml`)."""
    try:
        return parse_toml(read_file(file, most, within), most)
    except (OSError, ValueError):  # ValueError: not a valid path
        return None


def parse_toml(content: bytes, most: int = LARGEST_TOML) -> dict[str, Any] | None:
    """Parse TOML; None where it is longer than `most` bytes, not UTF-8, not TOML, or has a key with too many parts."""
    try:
        text = content[: most + 1].decode("utf-8")
        return None if len(content) > most or deep(text) else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def deep(text: str) -> bool:
    """Return whether a dotted key of this TOML has more than `MOST_PARTS` parts. Exact up to the first syntax error."""
    if all(line.count(".") < MOST_PARTS for line in text.split("\n")):  # a key is on one line
        return False
    dots = 0
    for token in _TOKEN.finditer(text):
        if token["dot"]:
            dots += 1
            if dots >= MOST_PARTS:
                return True
        elif token["ends"] or token["comment"]:
            dots = 0
    return False
