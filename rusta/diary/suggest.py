"""Tags that fit a text, found without guessing: codes and lints that it names, and tags in use that it says."""

import re
from collections.abc import Mapping

CODE = re.compile(r"\bE\d{4}\b|\bclippy::[a-z_]+\b")


def suggested(text: str, known: Mapping[str, int]) -> list[str]:
    """Codes first, then what is in use, the longest and most used first."""
    said = dict.fromkeys(CODE.findall(text))
    flat = f" {_plain(text)} "
    for tag in sorted(known, key=lambda tag: (-len(tag), -known[tag])):
        if len(tag) > 2 and f" {_plain(tag)} " in flat:
            said[tag] = None
    return list(said)


def _plain(text: str) -> str:
    """Its words in lower case, one space between them."""
    return " ".join(re.findall(r"\w+", text.lower()))
