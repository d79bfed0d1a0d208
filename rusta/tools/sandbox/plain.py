"""Make output safe to print: it cannot control the terminal, nor look different from what a compiler reads."""

import re

# CSI (colours, cursor), OSC and other string sequences (titles, links, clipboard), and two-byte escapes.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# Remaining C0 and C1 controls except tab and newline; and characters that reorder a line or are invisible.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSEEN = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def sanitize(text: str | bytes) -> str:
    """Remove escapes, unify newlines, and replace other control and invisible characters by visible ones."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub(_picture, text)
    return _UNSEEN.sub(lambda mark: f"\\u{{{ord(mark[0]):x}}}", text)


def _picture(control: re.Match[str]) -> str:
    code = ord(control[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else f"\\x{code:02x}"
