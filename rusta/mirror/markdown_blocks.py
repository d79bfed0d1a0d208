"""Markdown and plain text as blocks below their headings, and which blocks of a text are new.

A block is a paragraph, an item of a list, a row of a table, a fenced block or a heading. Two texts are compared by their
blocks with white space squeezed, so a paragraph that was only wrapped anew is no change. The work is linear in the text
and the text is bounded. Not covered: nested lists (each item is a block), HTML, reference definitions of links.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

LONGEST_MARKDOWN = 1 << 21  # characters that are read
MOST_BLOCKS = 20_000  # of a text; the longest changelogs have a third
LONGEST_BLOCK = 8_000  # characters of one block that count
NEAR = 4  # blocks that are gone and looked at, for what stood in the place of a new one
ALIKE = 0.5  # of the words of the shorter one

HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t](.*))?")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*([\w+#.,:-]{0,80})")
ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,4}[.)])[ \t]+\S")
MARK = re.compile(r"\A[ \t>]*(?:[-*+]|\d{1,4}[.)])[ \t]+")
ROW = re.compile(r"[ \t]*\|")
DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S")
VERSION = re.compile(r"(?<![\w.])v?(\d{1,5}\.\d{1,5}(?:\.\d{1,9})?(?:-[0-9A-Za-z][0-9A-Za-z.-]{0,30})?)(?![\w.]*\w)")
VERSION_LINE = re.compile(
    r"(?:[Vv]ersion |[\w-]{1,40} )?v?\d{1,5}\.\d{1,5}\.\d{1,9}(?:-[\w.]{1,20})?(?: ?[-–:(,/].{0,50})?"
)
UNRELEASED = re.compile(r"unreleased|\bnext\b|upcoming|\bmain\b|\bHEAD\b", re.I)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
LINK = re.compile(
    r"!?\[(\[?[^\[\]\n]{0,300}\]?)\](?:\([^()\n]{0,500}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)|\[[^\[\]\n]{0,200}\])"
)
BRACKETS = re.compile(r"\[([^\[\]\n]{1,100})\]")
LINKS = re.compile(
    r"\[?!\[[^\[\]\n]{0,300}\](?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,200}\])(?:\](?:\([^()\n]{0,500}\)|\[[^\[\]\n]{0,200}\]))?"
)
DECORATION = re.compile(r"[\s|&]*(?:<[/!a-z][^\n]*\s*)*", re.I)
PLAIN_LINK = re.compile(r"\[((?:[\w./-]{0,100})#\d{1,9}|`[^`\[\]\n]{1,200}`)\]")


@dataclass(frozen=True)
class MarkdownBlock:
    """One block: its kind is heading, text, item, row or code (then `text` is what the fences hold)."""

    kind: str
    text: str
    line: int  # from 1
    headings: tuple[str, ...]
    language: str = ""  # of code

    @cached_property
    def key(self) -> tuple[str, str]:
        """What makes two blocks the same: of text the words, however they are wrapped, marked and linked."""
        if self.kind == "code":
            return self.kind, self.text.rstrip()
        return self.kind, " ".join(without_links(MARK.sub("", self.text)).split())

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of it."""
        return frozenset(re.findall(r"\w+", self.text))

    @property
    def version(self) -> str:
        """The version that the nearest heading with one names; "unreleased" where a heading says so; else ""."""
        for heading in reversed(self.headings):
            if found := VERSION.search(heading):
                return found[1]
            if UNRELEASED.search(heading):
                return "unreleased"
        return ""


@dataclass(frozen=True)
class BlockChange:
    """A block that is new, and the one that stood in its place."""

    block: MarkdownBlock
    before: MarkdownBlock | None


def without_links(text: str) -> str:
    """Return Markdown with each link replaced by its text: `[#12](https://…)` and `[#12]` are `#12`."""
    for _ in range(2):  # an image may stand in a link
        text = LINK.sub(lambda one: one[1].strip("[]"), text)
    return PLAIN_LINK.sub(r"\1", text)


def markdown_blocks(text: str) -> list[MarkdownBlock]:
    """Return the blocks of a text in their order."""
    text = text[:LONGEST_MARKDOWN].replace("\r\n", "\n")
    text = COMMENT.sub(lambda one: "\n" * one[0].count("\n"), text)
    reading = _Blocks()
    for number, line in enumerate(text.split("\n"), 1):
        reading.take(line, number)
        if len(reading.found) >= MOST_BLOCKS:
            break
    reading.end()
    return reading.found


class _Blocks:
    """Reads line by line."""

    def __init__(self) -> None:
        self.found = list[MarkdownBlock]()
        self.above = list[tuple[int, str]]()
        self.lines = list[str]()
        self.kind, self.start, self.fence, self.language, self.matter = "", 0, "", "", False

    def take(self, line: str, number: int) -> None:
        below = UNDERLINE.fullmatch(line)
        if self.fence:
            inside = line.strip(" \t>")
            if inside.startswith(self.fence) and not inside.strip(self.fence[0]):
                self.end()
            else:
                self.lines.append(line)
        elif number == 1 and line.strip() == "---":
            self.matter = True
        elif self.matter:
            name, _, said = line.partition(":")
            if line.strip() == "---" or number > 60:
                self.matter = False
            elif name == "title" and said.strip():
                self._heading(1, said.strip().strip("\"'"), number)
        elif opened := FENCE.match(line):
            self.end()
            self.kind, self.start, self.fence, self.language = "code", number, opened[1], opened[2]
        elif not line.strip() or DEFINITION.match(line):
            self.end()
        elif heading := HEADING.fullmatch(line):
            self.end()
            self._heading(len(heading[1]), heading[2] or "", number)
        elif below and self.kind == "text" and len(self.lines) == 1:
            said, self.lines, self.kind = self.lines[0], [], ""
            self._heading(1 if below[1][0] == "=" else 2, said.strip(), self.start)
        elif below and self.found and self.found[-1].kind == "heading" and self.found[-1].line == number - 1:
            pass  # the underline of a version
        elif ITEM.match(line) or ROW.match(line):
            self.end()
            self.kind, self.start, self.lines = "item" if ITEM.match(line) else "row", number, [line]
        elif not self.lines and len(line) < 100 and VERSION_LINE.fullmatch(line):
            self._heading(2, line, number)
        else:
            if not self.lines:
                self.kind, self.start = "text", number
            self.lines.append(line)

    def end(self) -> None:
        """The block that was being read is whole."""
        text = "\n".join(self.lines)[:LONGEST_BLOCK]
        if text.strip() and not (self.kind == "text" and DECORATION.fullmatch(LINKS.sub("", text))):
            above = tuple(said for _, said in self.above)
            self.found.append(MarkdownBlock(self.kind, text.rstrip(), self.start, above, self.language))
        self.lines, self.kind, self.fence, self.language = [], "", "", ""

    def _heading(self, level: int, said: str, number: int) -> None:
        said = BRACKETS.sub(r"\1", without_links(said[:300])).strip().rstrip("#").strip()
        while self.above and self.above[-1][0] >= level:
            self.above.pop()
        self.above.append((level, said))
        self.found.append(MarkdownBlock("heading", said, number, tuple(one for _, one in self.above)))


def block_changes(old: str, new: str) -> tuple[list[BlockChange], list[MarkdownBlock]]:
    """Return the blocks of the new text that the old one has not, each with what stood in its place, and those that are gone.

    Of a block that stands more often than before, the upper ones are new: changelogs grow at the top.
    """
    was, now = markdown_blocks(old), markdown_blocks(new)
    start = 0
    while start < min(len(was), len(now)) and was[start].key == now[start].key:
        start += 1
    end = 0
    while end < min(len(was), len(now)) - start and was[-1 - end].key == now[-1 - end].key:
        end += 1
    was, now = was[start : len(was) - end], now[start : len(now) - end]
    added, gone = _more(now, was), _more(was, now)
    return _paired(added, gone)


def _more(blocks: list[MarkdownBlock], others: list[MarkdownBlock]) -> list[MarkdownBlock]:
    """The blocks that the others have not, from the top on."""
    left, found = Counter(one.key for one in others), list[MarkdownBlock]()
    for one in reversed(blocks):
        if left[one.key] > 0:
            left[one.key] -= 1
        else:
            found.append(one)
    return found[::-1]


def _paired(added: list[MarkdownBlock], gone: list[MarkdownBlock]) -> tuple[list[BlockChange], list[MarkdownBlock]]:
    """What stood in the place of each new block: of those near, the one with most words of it; else the only ones left."""
    left, before = dict[tuple[str, str], list[MarkdownBlock]](), dict[int, MarkdownBlock]()
    for one in reversed(gone):
        left.setdefault(_place(one), []).append(one)
    for one in added:
        near = left.get(_place(one), [])
        alike = [(_alike(one, near[-1 - n]), -n) for n in range(min(NEAR, len(near)))]
        best, n = max(alike, default=(0, 0))
        if best >= ALIKE:
            before[id(one)] = near.pop(n - 1)
    alone = dict[tuple[str, str], list[MarkdownBlock]]()
    for one in added:
        if id(one) not in before:
            alone.setdefault(_place(one), []).append(one)
    for place, blocks in alone.items():
        if len(blocks) == len(left.get(place, ())) and place[0] != "heading":
            before |= {id(one): other for one, other in zip(blocks, reversed(left.pop(place)), strict=True)}
    kept = {id(one) for of in left.values() for one in of}
    return [BlockChange(one, before.get(id(one))) for one in added], [one for one in gone if id(one) in kept]


def _place(block: MarkdownBlock) -> tuple[str, str]:
    return block.kind, block.headings[-1] if block.headings else ""


def _alike(one: MarkdownBlock, other: MarkdownBlock) -> float:
    """The share of words that two blocks have in common, of the shorter one's."""
    return len(one.words & other.words) / max(1, min(len(one.words), len(other.words))) if one.kind != "heading" else 0
