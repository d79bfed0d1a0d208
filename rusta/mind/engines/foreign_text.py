"""A server's words inside a message: one line, bounded, unable to drive a terminal."""

from rusta.tools.sandbox import plain

QUOTED = 300  # characters of a stranger's text in a message of ours


def quoted(text: str | bytes, most: int = QUOTED) -> str:
    """The beginning of the text on one line, without escapes, control characters or halves of surrogate pairs."""
    text = text[: 8 * most]  # what comes later cannot be shown, so it need not be read
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    line = " ".join(plain(text).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
