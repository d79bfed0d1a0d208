"""Columns as people and rustc count them, and as the language server protocol does.

Here a line and a column count from 1, in characters. There they count from 0, in UTF-16 code units unless both sides
agreed on UTF-8: `🦀` is one character, two units, or four bytes.
"""

from enum import StrEnum


class Encoding(StrEnum):
    """What a position in a line counts."""

    utf8 = "utf-8"
    utf16 = "utf-16"
    utf32 = "utf-32"


def units(text: str, encoding: Encoding) -> int:
    """How long a text is."""
    if encoding == Encoding.utf32:
        return len(text)
    return len(text.encode("utf-16-le")) // 2 if encoding == Encoding.utf16 else len(text.encode())


def to_server(line: str, column: int, encoding: Encoding) -> int:
    """The server's `character` for a column of a line. Past the end of the line is its end."""
    return units(line[: max(column - 1, 0)], encoding)


def from_server(line: str, character: int, encoding: Encoding) -> int:
    """The column of the server's `character`. In the middle of a character is its start, past the end is the end."""
    seen = 0
    for column, one in enumerate(line, 1):
        seen += units(one, encoding)
        if seen > character:
            return column
    return len(line) + 1


def lines(text: str) -> list[str]:
    """The lines of a text without their ends. As for rustc, only a newline ends one, with or without a CR before it."""
    return [line.removesuffix("\r") for line in text.split("\n")]
