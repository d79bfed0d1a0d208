"""Find Rust items by the layout of lines, for files in which a brace is missing.

A syntax tree of such a file is unreliable: what follows the missing brace is parsed as the body of what came before.
The lines are still indented by rustfmt, so an item ends at the first line of its own indentation that begins with a
closing brace, or before the next item that is not indented deeper.

Not covered: files that were never formatted, and braces inside strings that begin a line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LINE = 400  # bytes; longer lines are treated as data

HEAD = re.compile(
    rb"^(?P<indent>[ \t]*)(?P<visible>pub\b(?:\([^()]{0,80}\))?[ \t]+)?"
    rb"(?:(?:default|async|const|unsafe|extern(?:[ \t]+\"[^\"]{0,20}\")?)[ \t]+)*?"
    rb"(?P<keyword>fn|struct|enum|union|trait|impl|mod|const|static|type|macro_rules!)(?P<rest>[ \t<].*)$"
)
NAME = re.compile(rb"^[ \t]*(?:mut[ \t]+)?(?:r#)?(?P<name>[A-Za-z_]\w*)")
ABOVE = re.compile(rb"^[ \t]*(?:#\[|///|//(?!!)|/\*\*)")
CFG = re.compile(rb"^[ \t]*(#\[cfg.*\])[ \t\r]*$")


@dataclass(frozen=True)
class Outline:
    """An item as read from the lines alone. `start`, `end` and `code` are byte offsets; `line` counts from 1."""

    path: str
    keyword: str
    start: int
    end: int
    signature: str
    code: int
    line: int
    indent: int
    trait: str
    cfg: tuple[str, ...]
    public: bool


def outlines(source: bytes) -> list[Outline]:
    """Return every item whose first keyword begins a line."""
    lines = source.split(b"\n")
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line) + 1)
    heads = [head if len(line) <= LONGEST_LINE and (head := HEAD.match(line)) else None for line in lines]
    found: list[Outline] = []
    around: list[tuple[int, str, str]] = []  # indentation, path segment and trait of the enclosing items
    body = -1  # indentation of the enclosing function, or -1: items inside function bodies are not listed
    for number, (line, head) in enumerate(zip(lines, heads, strict=True)):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if head is None:
            continue
        around = [outer for outer in around if outer[0] < indent]
        if 0 <= body < indent:
            continue
        body = -1
        keyword = head["keyword"].decode()
        rest = head["rest"].decode("utf-8", errors="replace")
        trait = around[-1][2] if around else ""
        if keyword == "impl":
            owner, trait, name = _impl(rest)
        else:
            named = NAME.match(head["rest"])
            if not named:
                continue
            name = owner = named["name"].decode()
        last = _last(lines, heads, number, indent)
        first = number
        while first and ABOVE.match(lines[first - 1]):
            first -= 1
        found.append(
            Outline(
                path="::".join([*(segment for _, segment, _ in around), name]),
                keyword=keyword,
                start=places[first] + len(lines[first]) - len(lines[first].lstrip()),
                end=places[last] + len(lines[last].rstrip()),
                signature=" ".join(line.decode("utf-8", errors="replace").split()).rstrip("{ "),
                code=places[number] + indent,
                line=number + 1,
                indent=indent,
                trait=trait,
                cfg=tuple(cfg[1].decode(errors="replace") for row in lines[first:number] if (cfg := CFG.match(row))),
                public=head["visible"] is not None,
            )
        )
        if keyword in ("impl", "mod", "trait"):
            around.append((indent, owner, trait if keyword == "impl" else ""))
        elif keyword == "fn":
            body = indent
    return found


def _impl(rest: str) -> tuple[str, str, str]:
    """Return the type, the trait and the name of an `impl`, from the text after the keyword."""
    said = rest.partition("{")[0].partition(" where ")[0].strip()
    if said.startswith("<"):
        depth = 0
        for at, letter in enumerate(said):
            depth += (letter == "<") - (letter == ">")
            if not depth:
                said = said[at + 1 :].strip()
                break
    trait, found, owner = said.partition(" for ")
    if not found:
        trait, owner = "", said
    bare = re.sub(r"<.*", "", owner).strip().lstrip("&")
    return bare, trait.strip().lstrip("!"), f"impl {said}"


def _last(lines: Sequence[bytes], heads: Sequence[object], first: int, indent: int) -> int:
    """Return the index of the line on which an item ends."""
    opened = False
    end = first
    for number in range(first, len(lines)):
        line = lines[number].strip()
        if not line:
            continue
        deep = len(lines[number]) - len(lines[number].lstrip())
        if number > first and deep <= indent:
            if line.startswith(b"}"):
                return number if deep == indent else end
            # In a signature of several lines, the closing parenthesis, `where` and `{` stand at the item's own
            # indentation.
            if not opened and line.startswith((b")", b"where", b"{", b">")):
                pass
            else:
                return end
        end = number
        opened = opened or line.endswith(b"{")
        if not opened and (line.endswith(b";") or (line.endswith(b"}") and b"{" in line)):
            return number
    return end
