"""Tags that fit a text, found without guessing: codes and lints that it names, and tags in use that it says."""

import re
from collections.abc import Mapping

CODE = re.compile(r"\bE\d{4}\b|\bclippy::[a-z_]+\b")


def suggested(text: str, known: Mapping[str, int]) -> list[str]:
    """Codes first, then what is in use, the longest and most used first."""
    said = dict.fromkeys(CODE.findall(text))
    words = re.findall(r"[\w.]+", text.lower())
    flat = f" {' '.join(words)} "
    for tag in sorted(known, key=lambda tag: (-len(tag), -known[tag])):
        if len(tag) > 2 and f" {' '.join(re.findall(r'[a-z0-9_.]+', tag.lower()))} " in flat:
            said[tag] = None
    return list(said)
