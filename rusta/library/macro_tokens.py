"""Rust text as the tokens that a macro sees: flat, with the space before each and the place that it was written at.

Text is taken byte for byte (as Latin-1), so that positions are those of the source. Documentation becomes the attribute that it
stands for, one for lines that follow each other unless `line_by_line` parts them; other comments are spaces. What a macro captured
lies between two marks without text, as one piece that later macros cannot look into. Source: The Rust Reference, "Tokens",
"Comments" and "Forwarding a matched fragment". Deviations: `>>` is two tokens, so that generics can end within it, and comments
nested more than three deep are not read.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain

from rusta.library.item_docs import documentation_text, is_documentation

LONGEST_TEXT = 1_000_000  # bytes that are taken apart at once

LETTER = r"A-Za-z_\x80-\xff"
WORD = rf"[{LETTER}][0-9{LETTER}]*+"
SIMPLE = r"[^*/]++|\*(?!/)|/(?!\*)"
COMMENT = rf"/\*(?:{SIMPLE})*+\*/"
for _ in range(2):
    COMMENT = rf"/\*(?:{SIMPLE}|{COMMENT})*+\*/"
LINES = r"//[/](?!/)[^\n]*+(?:\n[\x20\t]*+//[/](?!/)[^\n]*+)*+"  # comments of documentation are taken as one
RAW = "|".join(rf'[bc]?r[#]{{{count}}}"(?s:.*?)"[#]{{{count}}}' for count in range(7))
TOKEN = re.compile(
    rf"""([\x09-\x0d\x20]*+)(?:
    ( {WORD}(?!["'\#])
    | [()\[\]{{}},;]
    | ::|->|=>|\.\.[.=]?|==|!=|<=|>=|&&|\|\||<<=?|[-+*/%^&|]=(?!=)
    | (?!//|/\*)[-+*/%^&|=!<>.:?@\#$~]
    | 0x[0-9a-fA-F_]+[0-9{LETTER}]*+
    | [0-9][0-9_]*+(?:\.(?![.{LETTER}])[0-9_]*+)?(?:[eE][-+]?[0-9_]++)?[0-9{LETTER}]*+
    | [bc]?"(?:[^"\\]++|\\(?s:.))*+"
    | b?'(?:\\(?:x[0-9a-fA-F]{{2}}|u\{{[0-9a-fA-F_]{{1,12}}\}}|[^xu])|[^\\'\n\x80-\xff]|[\x80-\xff]{{2,4}})'
    | '(?:r\#)?{WORD}
    | {RAW}
    | (?![bc]?r\#*")(?:r\#)?{WORD} )
    | ( {LINES} | //[^\n]*+ | {COMMENT} )
    | ((?s:.+)) )""",
    re.VERBOSE,
)
WORDLY = re.compile(rf"[0-9{LETTER}'\"]")
GLUED = frozenset((
    "::", "->", "=>", "..", ".=", "==", "!=", "<=", ">=", "&&", "||", "<<", "//", "/*", "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=",
))  # fmt: skip
CLOSING = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(CLOSING.values())
BRACKETS = frozenset(("", *CLOSING, *CLOSERS))


class PieceMark(str):
    """The invisible beginning or end of a captured piece. `piece` is the kind of fragment that it was captured as."""

    __slots__ = ("opens", "piece")
    piece: str
    opens: bool
    piece: str
    opens: bool

    def __new__(cls, piece: str, opens: bool) -> "PieceMark":
        """Return a mark; its text is empty."""
        made = super().__new__(cls, "")
        made.piece, made.opens = piece, opens
        return made


@dataclass
class TokenRun:
    """Tokens in their order. The three lists are of one length: text, space before it, and place."""

    texts: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, start: int, end: int) -> "TokenRun":
        """Return some of the tokens."""
        return TokenRun(self.texts[start:end], self.gaps[start:end], self.places[start:end])

    def add(self, of: "TokenRun", start: int, end: int, gap: str | None = None) -> None:
        """Append tokens of another run. `gap` is the space before the first of them, where it is not to stay what it was."""
        if end <= start:
            return
        at = len(self.texts)
        self.texts += of.texts[start:end]
        self.gaps += of.gaps[start:end]
        self.places += of.places[start:end]
        self.gaps[at] = (of.gaps[start] if gap is None else gap) or self._needed(at)

    def mark(self, piece: str, opens: bool, gap: str = "") -> None:
        """Append the invisible beginning or end of a captured piece."""
        self.texts.append(PieceMark(piece, opens))
        self.gaps.append(gap)
        self.places.append(-1)

    def _needed(self, at: int) -> str:
        """The space without which a token that was appended would run together with the one before it."""
        before = at - 1
        while before >= 0 and not self.texts[before]:
            if self.gaps[before]:
                return ""
            before -= 1
        while at < len(self.texts) and not self.texts[at]:
            at += 1
        if before < 0 or at >= len(self.texts):
            return ""
        last, first = self.texts[before][-1], self.texts[at][0]
        number = first == "." and self.texts[before][0].isdigit()
        return " " if (WORDLY.match(last) and WORDLY.match(first)) or last + first in GLUED or number else ""

    @cached_property
    def text(self) -> str:
        """The tokens as text. They are not to be changed afterwards."""
        return "".join(chain.from_iterable(zip(self.gaps, self.texts, strict=True)))

    @cached_property
    def starts(self) -> list[int]:
        """Where each token begins in the text."""
        return list(accumulate(map(len, chain.from_iterable(zip(self.gaps, self.texts, strict=True)))))[::2]

    def at(self, offset: int) -> int:
        """Return the number of the token that begins at an offset of the text, or is the first behind it."""
        found = bisect_left(self.starts, offset)
        while found < len(self.texts) and not self.texts[found]:
            found += 1
        return found


def tokenised(source: bytes, start: int, end: int, base: int = 0) -> TokenRun | None:
    """Take a part of a source apart; None where that is no Rust or too long. A token's place is `base` and its offset."""
    if end - start > LONGEST_TEXT:
        return None
    rows = TOKEN.findall(source[start:end].decode("latin-1").rstrip("\t\n\v\f\r "))
    if rows and rows[-1][3]:
        return None
    offsets = list(accumulate(map(len, chain.from_iterable(rows)), initial=base + start))[1::4]
    gaps, texts, comments, _ = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    return _without_comments(texts, gaps, offsets, comments) if any(comments) else TokenRun(texts, gaps, offsets)


def _without_comments(
    texts: Sequence[str], gaps: Sequence[str], offsets: Sequence[int], comments: Sequence[str]
) -> TokenRun:
    """Make attributes of documentation, and spaces of other comments."""
    run, space, plain = TokenRun(), "", 0
    for at in (*(at for at, comment in enumerate(comments) if comment), len(texts)):
        if plain < at:
            run.texts += texts[plain:at]
            run.gaps.append(space + gaps[plain])
            run.gaps += gaps[plain + 1 : at]
            run.places += offsets[plain:at]
            space = ""
        plain = at + 1
        if at == len(texts):
            break
        comment = comments[at]
        if is_documentation(comment) or is_documentation(comment, inner=True):
            said = list(_attribute(comment))
            run.texts += said
            run.gaps += [space + gaps[at], *("" for _ in said[1:])]
            run.places += [offsets[at]] * len(said)
            space = "" if comment.startswith("//") else " "
        else:
            space = "\n" if "\n" in space + gaps[at] or comment.startswith("//") else " "
    return run


def line_by_line(run: TokenRun) -> TokenRun | None:
    """Return the run with one attribute for each line of documentation, as macros see it that count them; None where it is so."""
    texts, out, plain = run.texts, TokenRun(), 0
    lines = [
        at for at, text in enumerate(texts) if text[:1] == "r" and "\n" in text and texts[at - 2 : at] == ["doc", "="]
    ]
    for at in lines:
        begin = at - 4 if texts[at - 4] == "#" else at - 5
        out.add(run, plain, begin, run.gaps[plain])
        marks = texts[at].partition('"')[0][1:]
        for said in texts[at][len(marks) + 2 : -len(marks) - 1].split("\n"):
            out.texts += [*texts[begin:at], f'r{marks}"{said}"{marks}', "]"]
            out.gaps += [run.gaps[begin] or " ", *([""] * (at - begin + 1))]
            out.places += [run.places[at]] * (at - begin + 2)
        plain = at + 2
    if not lines:
        return None
    out.add(run, plain, len(run), run.gaps[plain] if plain < len(run) else None)
    return out


def _attribute(comment: str) -> Iterator[str]:
    """The tokens of the attribute that a comment of documentation stands for."""
    inner = is_documentation(comment, inner=True)
    said = (
        "\n".join(map(documentation_text, map(str.lstrip, comment.split("\n"))))
        if comment.startswith("//")
        else documentation_text(comment)
    )
    marks = "#" * (1 + max((len(one) for one in re.findall(r'"(#*)', said)), default=-1))
    yield from ("#", *("!" if inner else ""), "[", "doc", "=", f'r{marks}"{said}"{marks}', "]")


def partners(texts: Sequence[str]) -> list[int] | None:
    """Return for each bracket and mark the number of the one that it belongs to, -1 for other tokens; None if unbalanced."""
    found, opened = [-1] * len(texts), list[int]()
    for at in [at for at, text in enumerate(texts) if text in BRACKETS]:
        text = texts[at]
        if text in CLOSING or (isinstance(text, PieceMark) and text.opens):
            opened.append(at)
            continue
        if not opened:
            return None
        begin = opened.pop()
        if CLOSING.get(texts[begin], "") != text:
            return None
        found[begin], found[at] = at, begin
    return None if opened else found
