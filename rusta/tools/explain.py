"""`rustc --explain`: the compiler's own pages about its errors, which are installed with it."""

import re
from dataclasses import dataclass

from rusta.core.errors import ConfigError
from rusta.tools.toolchain import Program


@dataclass(frozen=True)
class Explanation:
    """The page about one code: its first paragraph, and the whole text in Markdown."""

    code: str
    first: str
    whole: str


def explain(program: Program, code: str) -> Explanation:
    """Explain `E0382`, `e382`, or a lint such as `clippy::needless_return`.

    Raises `ConfigError` for what is neither.
    """
    said = code.strip()
    if number := re.fullmatch(r"[eE]?(\d{1,4})", said):
        name, words = f"E{int(number[1]):04}", ("rustc", "--explain", f"E{int(number[1]):04}")
    elif lint := re.fullmatch(r"clippy::(\w+)", said):
        name, words = said, ("cargo", "clippy", "--explain", lint[1])
    else:
        raise ConfigError(
            f"{code!r} is no error code that rustc explains. They read like E0382, or clippy::needless_return."
        )
    ran = program(words[0], words[1:])
    whole = ran.stdout.decode("utf-8", "replace").strip()
    if ran.code or not whole:
        why = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ConfigError(f"{name} has no page: {why[0] if why else 'nothing was said'}. Codes: rustc --explain E0382")
    return Explanation(name, first_paragraph(whole), whole)


def first_paragraph(page: str) -> str:
    """Return the first paragraph of prose, skipping headings and code blocks."""
    page = re.sub(r"(?m)^[ \t]*#.*$", "", re.sub(r"(?ms)^[ \t]*```.*?^[ \t]*```", "", page))
    return " ".join(next(part for part in [*re.split(r"\n\s*\n", page), "-"] if part.strip()).split())
