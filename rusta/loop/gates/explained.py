"""Check that code is explained: a reason before every block, and a comment beside constructs that need one.

This is the manifesto's rule "no unexplained code", applied to answers and to edits. What is missing is reported as a
sentence: for an edit it goes back to the model; for an answer the block is shown together with it.
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<marks>`{3,}+|~{3,}+)[ \t]*+(?P<info>[^\n`]*+)$")
WORDS = 4  # fewest words of a reason
# Constructs that a reviewer would question unless a comment explains them.
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
# What edition 2024 asks to be called unsafe and was before: an attribute, and the head of an `extern` block.
SAID_ANEW = re.compile(
    r"(?<=#\[)unsafe\(((?:no_mangle|export_name|link_section)(?:\s{0,9}=\s{0,9}\"[^\"\n]{0,99}\")?)\)|\bunsafe (extern \"\w{0,20}\" \{)"
)


@dataclass(frozen=True)
class Unexplained:
    """A missing explanation: the line of the text (from 1), and a sentence that says what to add."""

    line: int
    words: str


def unexplained(markdown: str) -> list[Unexplained]:
    """Return the code blocks without a reason before them, and those with an unusual, uncommented construct.

    Blocks marked as text, console, output or diff need no reason.
    """
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
    """Return whether the text is long enough to be a reason: "Here:" is not."""
    return len(re.findall(r"[\w'’]+", words)) >= WORDS


def odd(code: str, before: str | None = None) -> str | None:
    """Return the first construct in `code` that needs a comment and has none on its line or the three above, or None.

    Lines that also occur in `before`, the code before an edit, are not checked, nor those that only say `unsafe` anew
    as edition 2024 has it.
    """
    lines, was = code.split("\n"), set(before.split("\n") if before else ())
    for number, line in enumerate(lines):
        if line in was or SAID_ANEW.sub(r"\1\2", line) in was:
            continue
        bare = line.split("//")[0]
        for what, pattern in ODD.items():
            near = lines[max(0, number - 3) : number + 1]
            if pattern.search(bare) and not any(COMMENT.search(one) for one in near):
                return what
    return None
