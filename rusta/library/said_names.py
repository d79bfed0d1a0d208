"""The names of Rust in a text: paths, methods, macros, attributes, lints, error codes, types, flags and crates, each with its place.

Prose and inline code are read; fenced blocks are not, since code is compiled elsewhere. The text and the number of names are
bounded, and the work grows with the text. Not covered: methods that prose names without their type ("Vec's `retain`"), members of
variables (`v.push()`), and names that stand in strings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 200_000  # characters of a text that are read
MOST_NAMES = 200
LONGEST_SPAN = 1_000  # characters of inline code that are read
LONGEST_SENTENCE = 300  # characters to each side of a name
FENCE = re.compile(r"^[ \t>]*(?:[-*+] +)?(`{3,}|~{3,})([^\n]*)$")
TICKS = re.compile(r"`+")
ADDRESS = re.compile(r"\b(?:https?|file)://[^\s)>\]]*")
NESTED = 4  # generic arguments inside of generic arguments
GENERIC = re.compile(r"(?<=[\w:])(?:::)?<[^<>]{0,200}>")
QUALIFIED = re.compile(r"(?<![\w:])<\s*[^<>]{1,200}?\s+as\s+([\w:]{1,200})[^<>]{0,200}>::")
SELF_TYPE = re.compile(r"(?<![\w:])<\s*(?:&(?:mut )?|dyn )?([\w:]{1,200})[^<>]{0,200}>::")
SHAPES = (
    (re.compile(r"(?<!\w)<?\[(?:\w{1,60}|_)\]>?::"), "slice::"),
    (re.compile(r"(?<!\w)<?\[\w{1,60}; ?\w{1,60}\]>?::"), "array::"),
    (re.compile(r"<\*(?:const|mut) \w{1,60}>::"), "pointer::"),
)
STRING = re.compile(r'"(?:[^"\\\n]|\\.){0,300}"')
PATH = re.compile(r"(?<!::)(?<![\w$'#-])((?:::)?[A-Za-z_]\w*+(?:::[A-Za-z_]\w*+)++)(?!::(?!<)|!(?!=)|\*)")
GROUP = re.compile(r"(?<!::)(?<![\w$])([A-Za-z_]\w*+(?:::\w++)*+)::\{([^{}]{0,500})\}")
MACRO = re.compile(r"(?<![\w$:])((?:::)?(?:\w+::)*[a-z_]\w*)!(?![=\w!])")
MACRO_IN_PROSE = re.compile(r"(?<![\w$:])((?:::)?(?:\w+::)+[a-z_]\w*|[a-z]\w*_\w*)!(?![=\w!])")
CALLED_ON = re.compile(r"(?<![\w.:$])([A-Z]\w*)\.([a-z_]\w*)(?=\()")
TYPE = re.compile(r"(?<![\w.:$'-])([A-Z]\w*[a-z]\w*)(?![\w!]|::|-|\.[a-z])")
ATTRIBUTE = re.compile(r"#!?\[\s*(?:unsafe\s*\(\s*)?((?:[a-z_]\w*::)*[a-z_]\w*)\s*(?:\(([^()\]]{0,500}))?")
SAID_ATTRIBUTE = re.compile(r"`([a-z]\w*)`\]?(?:\([^()\s]{0,200}\))? attributes?\b|\battributes? \[?`([a-z]\w*)`")
LEVELS = frozenset({"allow", "warn", "deny", "forbid", "expect"})
TOOL_LINT = re.compile(r"(?<![\w:])((?:clippy|rustdoc)::[a-z]\w*)")
SAID_LINT = re.compile(
    r"`([a-z]+(?:[_-][a-z0-9]+)*)`\]?(?:\([^()\s]{0,200}\))? lints?\b|\blints? \[?`([a-z]+(?:[_-][a-z0-9]+)+)`"
    r"|(?<![\w`:-])([a-z]+(?:_[a-z0-9]+)+) lints?\b"
)
LEVEL_FLAG = re.compile(r"(?<!\S)-[AWDF] ?([a-z]+(?:[_-][a-z0-9]+)*)(?![\w:-])")
CODE = re.compile(r"(?<![\w+])(E\d{4})(?!\w)")
FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])")
PROGRAM = re.compile(r"\b(cargo)(?: +\+\S+)?(?: +([a-z][\w-]*))?|\b(rustc)\b|(?:^|[;&|$] *)([a-z][\w-]*) ")
CRATE = re.compile(
    r"`([a-z][a-z0-9_-]*)`\]?(?:\([^()\s]{0,200}\)|\[[^\]\s]{0,200}\])? crate\b|\bcrates? \[?`([a-z][a-z0-9_-]*)`"
)
USED = re.compile(r"\b(?:use|extern crate) (?:::)?([a-z][a-z0-9_]*)(?=::|;| as\b)|\bcargo add ([a-z][a-z0-9_-]*)")
OWN = frozenset({"Self", "self", "super", "crate"})
GENERIC_NAME = re.compile(r"[A-Z]\d?|_")


class NameKind(StrEnum):
    """What a name is said to be."""

    PATH = "path"
    METHOD = "method"  # `Type.method()`
    MACRO = "macro"
    ATTRIBUTE = "attribute"
    LINT = "lint"
    CODE = "error code"
    TYPE = "type"
    FLAG = "flag"
    CRATE = "crate"


@dataclass(frozen=True)
class SaidName:
    """A name as it is looked up: `Vec::retain` also of `Vec<T>.retain()`, `inline` of `#[inline]`, `cargo build --release`."""

    kind: NameKind
    name: str
    place: int  # of its first character in the text, or of the inline code that it stands in
    sentence: str  # around it

    @property
    def shown(self) -> str:
        """As people write it."""
        shapes = {NameKind.MACRO: "{}!", NameKind.ATTRIBUTE: "#[{}]"}
        return shapes.get(self.kind, "{}").format(self.name)


def names_in(markdown: str) -> list[SaidName]:
    """The names of a text in its order, each once; at most `MOST_NAMES`."""
    text = _without_fences(markdown[:LONGEST])
    found = dict[tuple[NameKind, str], int]()
    for kind, name, place in sorted(_every(text), key=lambda one: one[2]):
        if _counts(kind, name):
            found.setdefault((kind, name.removeprefix("::")), place)
        if len(found) >= MOST_NAMES:
            break
    return [SaidName(kind, name, place, _sentence(text, place)) for (kind, name), place in found.items()]


def _counts(kind: NameKind, name: str) -> bool:
    """Whether a name is looked up: not what the code around it defines, and no generic parameter."""
    head = name.removeprefix("::").partition("::")[0]
    return len(name) <= 300 and not (head in OWN or (kind is not NameKind.CRATE and GENERIC_NAME.fullmatch(head)))


def _every(text: str) -> Iterator[tuple[NameKind, str, int]]:
    prose, spans = _spans(text)
    for start, span in spans:
        for kind, name in _of_code(span):
            yield kind, name, start
    outside = ATTRIBUTE.sub(lambda one: " " * len(one[0]), prose)
    for pattern, kind in ((PATH, NameKind.PATH), (MACRO_IN_PROSE, NameKind.MACRO)):
        for one in pattern.finditer(outside):
            if not one[1].startswith(("clippy::", "rustdoc::")):
                yield kind, one[1], one.start()
    for one in FLAG.finditer(prose):
        line = prose[max(prose.rfind("\n", 0, one.start()) + 1, one.start() - 100) : one.start()]
        if (flag := _flag(line, one[1], prose=True)) is not None:
            yield NameKind.FLAG, flag, one.start()
    for pattern, kind in (
        (SAID_ATTRIBUTE, NameKind.ATTRIBUTE), (SAID_LINT, NameKind.LINT), (TOOL_LINT, NameKind.LINT), (CODE, NameKind.CODE),
        (CRATE, NameKind.CRATE), (USED, NameKind.CRATE),
    ):  # fmt: skip
        for one in pattern.finditer(text):
            said = next(filter(None, one.groups()))
            yield kind, said.replace("-", "_") if kind is NameKind.LINT else said, one.start()
    for one in ATTRIBUTE.finditer(text):
        yield NameKind.ATTRIBUTE, one[1], one.start()
        arguments = re.findall(r"(?<![\w:=\"])[A-Za-z_]\w*(?:::\w+)*(?![\w:])(?! *=)", STRING.sub(" ", one[2] or ""))
        for argument in arguments:
            if one[1] in LEVELS and not argument.startswith(("clippy::", "rustdoc::")):
                yield NameKind.LINT, argument, one.start()
            elif one[1] == "derive":
                yield NameKind.PATH if "::" in argument else NameKind.TYPE, argument, one.start()


def _of_code(span: str) -> Iterator[tuple[NameKind, str]]:
    """The names of one piece of inline code, those that need no words around them."""
    code = ATTRIBUTE.sub(" ", STRING.sub('""', span))
    plain = code
    for _ in range(NESTED):
        plain = SELF_TYPE.sub(r"\1::", QUALIFIED.sub(r"\1::", GENERIC.sub("", plain)))
    for shape, name in SHAPES:
        plain = shape.sub(name, plain)
    for one in dict.fromkeys(found[1] for text in (plain, code) for found in PATH.finditer(GROUP.sub(" ", text))):
        if not one.startswith(("clippy::", "rustdoc::")):
            yield NameKind.PATH, one
    for group in GROUP.finditer(code):
        for member in group[2].split(","):
            if re.fullmatch(r"\w+(?:::\w+)*", said := member.strip().partition(" as ")[0]) and said != "self":
                yield NameKind.PATH, f"{group[1]}::{said}"
    for one in MACRO.finditer(code):
        yield NameKind.MACRO, one[1]
    for one in CALLED_ON.finditer(plain):
        yield NameKind.METHOD, f"{one[1]}::{one[2]}"
    for one in TYPE.finditer(code):
        yield NameKind.TYPE, one[1]
    for one in FLAG.finditer(code):
        if (flag := _flag(code[: one.start()], one[1])) is not None:
            yield NameKind.FLAG, flag
    if re.search(r"\brustc\b|FLAGS|\bclippy\b|^-", code):
        for one in LEVEL_FLAG.finditer(code):
            yield NameKind.LINT, one[1].replace("-", "_")


def _flag(before: str, flag: str, prose: bool = False) -> str | None:
    """A flag with the command it is given to; None for another program's. Behind ` -- ` it is another program's, too."""
    if re.search(r"(?:^|\s)-- ", before):
        return flag if not prose else None
    programs = list(PROGRAM.finditer(before))
    if not programs:
        return flag
    last = programs[-1]
    if last[4]:
        return flag if prose else None
    return f"{last[3] or ' '.join(filter(None, (last[1], last[2])))} {flag}"


def _spans(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The text with inline code and addresses blanked, and each piece of inline code with its place."""
    marks = list(TICKS.finditer(text))
    later = dict[int, list[int]]()  # places in `marks` of each length, the last one first
    for n in range(len(marks) - 1, -1, -1):
        later.setdefault(len(marks[n][0]), []).append(n)
    parts, spans, at, n = list[str](), list[tuple[int, str]](), 0, 0
    while n < len(marks):
        same = later[len(marks[n][0])]
        while same and same[-1] <= n:
            same.pop()
        start, end = marks[n].end(), marks[same[-1]].start() if same else -1
        if not same or end - start > LONGEST_SPAN or "\n\n" in text[start:end]:
            n += 1
            continue
        spans.append((start, text[start:end].replace("\n", " ")))
        parts += [text[at:start], " " * (end - start)]
        at, n = end, same[-1] + 1
    parts.append(text[at:])
    return ADDRESS.sub(lambda one: " " * len(one[0]), "".join(parts)), spans


def _without_fences(text: str) -> str:
    """The text with fenced blocks blanked, each character by a space."""
    lines, fence = list[str](), ""
    for line in text.split("\n"):
        found = FENCE.match(line)
        if fence:
            closes = found and found[1].startswith(fence) and not found[2].strip()
            fence = "" if closes else fence
            line = " " * len(line)
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            line = " " * len(line)
        lines.append(line)
    return "\n".join(lines)


def _sentence(text: str, place: int) -> str:
    before = text[max(0, place - LONGEST_SENTENCE) : place]
    after = text[place : place + LONGEST_SENTENCE]
    start = max((one.end() for one in re.finditer(r"[.!?]\s|\n\s*\n|\n[-*] ", before)), default=0)
    end = re.search(r"[.!?](?:\s|\Z)|\n\s*\n|\n[-*] ", after)
    return before[start:] + (after[: end.start()] if end else after)
