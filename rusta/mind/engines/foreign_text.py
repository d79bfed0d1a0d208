"""Quote a server's text in a message: on one line, of bounded length, without control characters."""

from rusta.tools.sandbox import sanitize

QUOTED = 300  # characters of a server's text in one of our messages


def quoted(text: str | bytes, most: int = QUOTED) -> str:
    """Return the beginning of the text on one line, without escapes, control characters or lone surrogates."""
    text = text[: 8 * most]  # the rest cannot be shown, so it is not processed
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    line = " ".join(sanitize(text).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
