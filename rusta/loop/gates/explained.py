"""No unexplained code: a reason before every block, and a why where the code does not say it by itself.

The manifesto's rule as code. It is asked of what she says and of what she edits; what it finds missing goes back to her as
a sentence, and where she still gives no reason the block is shown with a mark.
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>`{3,}+|~{3,}+)[ \t]*+(?P<info>[^\n`]*+)$")
WORDS = 4  # that a reason has at least
# What a reader would stop at and ask why, unless somebody has written it down.
ODD = {
    "unsafe": re.compile(r"\bunsafe\b"),
    "transmute": re.compile(r"\btransmute\b"),
    "forget": re.compile(r"\bmem::forget\b|\bBox::leak\b"),
    "allow": re.compile(r"#!?\[allow\("),
    "relaxed ordering": re.compile(r"\bRelaxed\b"),
    "unchecked": re.compile(r"(?<=\w)_unchecked\b"),
    "wrapping arithmetic": re.compile(r"\bwrapping_\w+"),
    "a swallowed error": re.compile(r"let _ = \w|\.ok\(\);"),
}
COMMENT = re.compile(r"//|/\*")


@dataclass(frozen=True)
class Unexplained:
    """What is missing, at which line of the text (from 1), in a sentence she can act on."""

    line: int
    words: str


def unexplained(markdown: str) -> list[Unexplained]:
    """Blocks without a reason before them, and odd things in them without a why."""
    found: list[Unexplained] = []
    reason, code, inside, opened = "", [], "", 0
    for number, line in enumerate(markdown.split("\n"), 1):
        fence = FENCE.match(line)
        if not inside and fence:
            inside, opened, code, info = fence["marks"], number, [], fence["info"].strip().lower()
            output = info.split(",")[0] in ("text", "console", "output", "diff")
            if not output and not reasoned(reason):
                found.append(
                    Unexplained(number, "Say in a sentence why before the block: what it does, what it trades.")
                )
            reason = ""
        elif inside and fence and fence["marks"].startswith(inside) and not fence["info"].strip():
            inside = ""
            if why := odd("\n".join(code)):
                found.append(Unexplained(opened, f"There is {why} in the block. Say why in a comment beside it."))
        elif inside:
            code.append(line)
        else:
            reason += " " + line
    return found


def reasoned(words: str) -> bool:
    """Whether these words can be a reason: "Here:" is none."""
    return len(re.findall(r"[\w'’]+", words)) >= WORDS


def odd(code: str, before: str | None = None) -> str | None:
    """What in `code` needs a why and has no comment on its line or on one of the three above it; None where all is plain.

    Lines that are in the code `before` an edit are not asked about.
    """
    lines, was = code.split("\n"), set(before.split("\n") if before else ())
    for number, line in enumerate(lines):
        if line in was:
            continue
        bare = line.split("//")[0]
        for what, pattern in ODD.items():
            near = lines[max(0, number - 3) : number + 1]
            if pattern.search(bare) and not any(COMMENT.search(one) for one in near):
                return what
    return None
