"""Files of a workspace, read without trusting what lies there.

A stranger's file may be a pipe that never ends, a device, a link to somewhere else, of any length, or TOML that takes a
parser hours. What is read here is a regular file of a known size, and is parsed in time that grows with that size.

Not covered: a file that changes while it is read, and a file system that itself hangs.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from rusta.core.regular_file import LARGEST_TEXT, read_file

__all__ = ["LARGEST_TEXT", "LARGEST_TOML", "deep", "read_file", "read_toml"]

LARGEST_TOML = 1 << 18  # bytes; the longest manifests of published crates have about half of it
MOST_PARTS = 32  # of one dotted key: `tomllib` (3.11 to 3.14) keeps every prefix of a key, so n parts take n² of memory

# A stranger's TOML taken apart, each character once: strings and comments whole, the dots of keys, what ends a key.
_TOKEN = re.compile(
    r'''"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+(?:"{3,5}+)?|'''
    r"""'''(?:[^']|'(?!''))*+(?:'{3,5}+)?|"""
    r""""(?:[^"\\\n]|\\[^\n])*+"?|'[^'\n]*+'?|(?P<comment>\#[^\n]*+)|(?P<dot>\.)|(?P<ends>[^\w\-."'\# \t]++)|[\w\- \t]++"""
)


def read_toml(file: Path, within: Path | None = None, most: int = LARGEST_TOML) -> dict[str, Any] | None:
    """What a TOML file says; None where it cannot be read (`read_file`), is no TOML, or has a key of too many parts."""
    try:
        text = read_file(file, most, within).decode("utf-8")
        return None if deep(text) else tomllib.loads(text)
    except (OSError, ValueError, RecursionError):  # ValueError: no UTF-8, no TOML, or no path
        return None


def deep(text: str) -> bool:
    """Whether a dotted key of this TOML has more than `MOST_PARTS` parts. Exact up to the first thing that is no TOML."""
    if all(line.count(".") < MOST_PARTS for line in text.split("\n")):  # a key stands on one line
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
