"""Parse JSON as language models write it: single quotes, trailing commas, Python literals, line breaks inside strings.

Strict JSON is parsed as such. Other input is parsed by the same structure and never completed: an answer that was cut
in the middle must not become a call that the model did not finish. Nothing is evaluated.

The package `json-repair` (0.64) was tried: by design it makes `{"path": "src/li` a read of `src/li`. Hence this parser.
"""

import json
import re
from typing import Any

DEEPEST = 12  # levels of nesting; a call has three
SPACE = re.compile(r"(?:\s|//[^\n]*\n)*")
BARE = re.compile(r"[\w.+\-/]{1,200}")
PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
ENDS = re.compile(r"\s*(?:[,:}\])]|//|$)")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}


class NotJson(ValueError):
    """The text is not a JSON value, even leniently parsed. `cut` if the text ends before the value does."""

    def __init__(self, cut: bool = False) -> None:
        super().__init__("cut" if cut else "not JSON")
        self.cut = cut


def parse_value(text: str, at: int = 0) -> tuple[Any, int]:
    """Return the value that begins at `at`, and the index where it ends. Raises `NotJson`."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, at)
    except (ValueError, RecursionError):
        return _value(text, at, 0)


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, deep: int) -> tuple[Any, int]:
    at = _skip(text, at)
    if at >= len(text):
        raise NotJson(cut=True)
    if deep > DEEPEST:
        raise NotJson
    letter = text[at]
    if letter == "{":
        return _object(text, at + 1, deep)
    if letter in "[(":
        return _list(text, at + 1, deep, "]" if letter == "[" else ")")
    if letter in "\"'":
        return _string(text, at)
    word = BARE.match(text, at)
    if not word:
        raise NotJson
    if word.end() == len(text):
        raise NotJson(cut=True)
    if word[0] in WORDS:
        return WORDS[word[0]], word.end()
    for kind in (int, float):
        try:
            return kind(word[0]), word.end()
        except ValueError:
            continue
    return word[0], word.end()


def _object(text: str, at: int, deep: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while True:
        at = _skip(text, at)
        if at >= len(text):
            raise NotJson(cut=True)
        if text[at] == "}":
            return found, at + 1
        if text[at] == ",":
            at += 1
            continue
        key, at = _string(text, at) if text[at] in "\"'" else _value(text, at, DEEPEST)
        at = _skip(text, at)
        if at >= len(text):
            raise NotJson(cut=True)
        if text[at] not in ":=":
            raise NotJson
        found[str(key)], at = _value(text, at + 1, deep + 1)


def _list(text: str, at: int, deep: int, close: str) -> tuple[list[Any], int]:
    found: list[Any] = []
    while True:
        at = _skip(text, at)
        if at >= len(text):
            raise NotJson(cut=True)
        if text[at] == close:
            return found, at + 1
        if text[at] == ",":
            at += 1
            continue
        value, at = _value(text, at, deep + 1)
        found.append(value)


def _string(text: str, at: int) -> tuple[str, int]:
    """Parse a quoted string. A quote that no JSON delimiter follows is taken for an unescaped one, and kept."""
    quote, kept = text[at], []
    at += 1
    while True:
        plain = PLAIN[quote].match(text, at)
        end = plain.end() if plain else at
        kept.append(text[at:end])
        if end >= len(text):
            raise NotJson(cut=True)
        if text[end] == "\\":
            if end + 1 >= len(text):
                raise NotJson(cut=True)
            kept.append(ESCAPES.get(text[end + 1], text[end + 1]))
            at = end + 2
            if text[end + 1] == "u":
                kept[-1], at = _escaped(text, end)
        elif ENDS.match(text, end + 1):
            return "".join(kept), end + 1
        else:
            kept.append(quote)
            at = end + 1


def _escaped(text: str, at: int) -> tuple[str, int]:
    digits = text[at + 2 : at + 6]
    try:
        return chr(int(digits, 16)), at + 6
    except ValueError:
        return "u", at + 2
