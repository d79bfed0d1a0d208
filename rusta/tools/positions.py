"""Convert columns between rustc's counting and that of the language server protocol (LSP).

Here lines and columns count from 1, in characters, as in rustc. In LSP they count from 0, in UTF-16 code units unless
both sides agreed on UTF-8: `🦀` is one character, two units, or four bytes.
"""

from enum import StrEnum


class Encoding(StrEnum):
    """The unit in which a position in a line is counted."""

    utf8 = "utf-8"
    utf16 = "utf-16"
    utf32 = "utf-32"


def units(text: str, encoding: Encoding) -> int:
    """Return the length of a text in units of the encoding."""
    if encoding == Encoding.utf32:
        return len(text)
    return len(text.encode("utf-16-le")) // 2 if encoding == Encoding.utf16 else len(text.encode())


def to_server(line: str, column: int, encoding: Encoding) -> int:
    """Return LSP's `character` for a column of a line. A column past the end of the line becomes its end."""
    return units(line[: max(column - 1, 0)], encoding)


def from_server(line: str, character: int, encoding: Encoding) -> int:
    """Return the column of LSP's `character`.

    Inside of a character it is that one's start, past the end the line's end.
    """
    seen = 0
    for column, one in enumerate(line, 1):
        seen += units(one, encoding)
        if seen > character:
            return column
    return len(line) + 1


def split_lines(text: str) -> list[str]:
    """Split a text into lines without their ends.

    As in rustc, only a newline ends a line, with or without a CR before it.
    """
    return [line.removesuffix("\r") for line in text.split("\n")]
