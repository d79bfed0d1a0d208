"""Which items of crates an entry of the journals names, and of which state of the crate it speaks.

Read are code (inline and fenced), paths, calls and names with an inner capital or underscore in plain words. Which crate a name without
its path belongs to is decided by the sentence around it, then by the entry's own keys and tags, then by the only crate that it names;
where that is undecided, or another crate than those that are known, the name is left out. Of a mirror's own notes only the items that
they are about count, and not what their quotes name. Not covered: items that are described and not named, and globs.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rusta.core.markdown_fences import FENCED
from rusta.library.use_paths import COMMENT, use_leaves
from rusta.memory.index.index import IndexRow
from rusta.mirror.item_difference import NamedItem

MOST_MENTIONS = 60  # of an entry
LONGEST_ENTRY = 40_000  # characters that are read
MIRROR_SOURCE = re.compile(r"mirror/(?P<mirror>[\w-]{1,64})@[\w.+-]{1,90}?\.\.(?P<revision>[\w.+-]{1,90})#")
SUBJECT = re.compile(
    r"^(?:- [a-z ]{1,40}: \w+ |When I (?:meet|call) )`([^`\n]{1,300})`|^  from `([^`\n]{1,300})` to", re.MULTILINE
)
ANCHOR = re.compile(
    r"(?<![\w@/-])(?P<mirror>[A-Za-z][\w-]{0,63})@(?P<revision>[\w.+-]{1,90}):(?P<file>[\w./-]{0,200}?)::(?P<item>\w+(?:::\w+)*)"
)
NUMBERS = r"\d{1,9}(?:\.\d{1,9}){0,2}(?:-[0-9A-Za-z.-]{1,40})?"
BEFORE_VERSION = (
    r"@|\s?=\s?\"[=^~]?|\s?=\s?\{\s?version\s?=\s?\"[=^~]?|(?:, version)?\s{1,3}(?:v(?=\d)|(?=\d{1,9}\.\d))"
)
VERSION = re.compile(
    rf"(?<![\w-])`?(?P<crate>[A-Za-z][\w-]{{0,63}})`?(?:{BEFORE_VERSION})(?P<version>{NUMBERS})(?![\w.]*\w)"
)
INLINE = re.compile(r"`([^`\n]{1,300})`")
TURBOFISH = re.compile(r"::<[^<>\n]{0,80}>")
PATH = re.compile(r"(?<![\w$:])(?:::)?([A-Za-z_]\w*(?:::[A-Za-z_]\w*)+)(!?)")
CALL = re.compile(
    r"(?<![\w:$.])([A-Za-z_]\w*)(?=\()|(?<=\.)([A-Za-z_]\w*)(?=\()|(?<![\w:$])([A-Za-z_]\w*)(!)(?=[\s(\[{]|\Z)"
)
ALONE = re.compile(r"\.?([A-Za-z_]\w*)(!?)(?:\(\)|<[^`]{0,80}>)?")
FUNCTION = re.compile(r"(?<!\w)fn\s+([A-Za-z_]\w*)")
PLAIN = re.compile(r"(?<![\w`:.$/-])([A-Za-z]\w*+)(?![:!]|\.\w|-\w)")
USE = re.compile(r"(?<!\w)use\s+([^;]{1,2000});")
WORD = re.compile(r"(?<![\w-])([A-Za-z][\w-]{0,63})(?![\w-])")
SENTENCE = re.compile(r"[.!?]\s|\n[ \t]{0,80}\n|\n(?=[ \t]{0,8}[-*>] )")
STANDARD = frozenset(("std", "core", "alloc", "crate", "self", "super", "Self"))
COMMON = frozenset(
    (
        "time", "log", "bytes", "either", "http", "url", "image", "paste", "home", "hex", "num", "ring", "glob", "which", "matches",
        "futures", "test", "tests", "proc", "regex", "parking", "want", "instant", "signature", "object", "memory", "digest", "color",
    )
)  # fmt: skip
"""Crates whose names are words of texts about programs."""
SKIPPED_TAGS = frozenset(("api-change", "stale"))


@dataclass(frozen=True)
class NotedState:
    """Of which state an entry speaks: a version (perhaps only its first numbers), or a revision of a mirror."""

    version: str = ""
    mirror: str = ""
    revision: str = ""


@dataclass(frozen=True)
class ItemMention:
    """An item that an entry names, of which crate, and of which state of it, where the entry says one."""

    crate: str
    item: NamedItem
    state: NotedState = NotedState()
    signature: str = ""  # as the entry writes it, of a function


@dataclass(frozen=True)
class KnownCrates:
    """The names of crates and libraries, with `_` for `-`: those with known APIs, and all that are on this machine."""

    read: frozenset[str]
    others: frozenset[str] = frozenset()

    def name(self, word: str) -> str:
        """Return a crate by a name as it may be written; "" for what is none."""
        plain = word.replace("-", "_")
        return plain if plain in self.read or plain in self.others else ""


def item_mentions(entry: IndexRow, known: KnownCrates) -> list[ItemMention]:
    """Return the items that an entry names, each once, in the order in which it names them."""
    found = dict[tuple[str, tuple[str, ...]], ItemMention]()
    reader = _Reader(entry, known)
    for one in reader.mentions():
        key = one.crate, one.item.tail
        if one.crate in known.read and (key not in found or (one.signature and not found[key].signature)):
            found[key] = one
        if len(found) >= MOST_MENTIONS:
            break
    return list(found.values())


def names_read_crate(entry: IndexRow, known: KnownCrates) -> bool:
    """Return whether an entry may name an item of a crate whose API is known; quick."""
    text = (entry.title, entry.body[:LONGEST_ENTRY], *entry.tags, entry.version, entry.repo, entry.source)
    return not known.read.isdisjoint(one.replace("-", "_") for one in WORD.findall(" ".join(text)))


@dataclass
class _Reader:
    entry: IndexRow
    known: KnownCrates
    text: str = field(init=False)
    own: tuple[str, ...] = field(init=False)  # what the entry's keys and tags say it is about
    versions: list[tuple[int, str, str]] = field(init=False)  # where, which crate, which version

    def __post_init__(self) -> None:
        entry = self.entry
        self.text = f"{entry.title}\n\n{entry.body}"[:LONGEST_ENTRY]
        self.versions = [
            (one.start(), crate, one["version"])
            for one in VERSION.finditer(self.text)
            if (crate := self.known.name(one["crate"])) and one["crate"].lower() not in STANDARD
        ]
        stated = VERSION.fullmatch(entry.version)
        self.stated = (self.known.name(stated["crate"]), stated["version"]) if stated else ("", "")
        made = MIRROR_SOURCE.match(entry.source)
        self.made = (made["mirror"], made["revision"]) if made else ("", "")
        tags = (self.known.name(tag) for tag in entry.tags if tag not in SKIPPED_TAGS)
        # A mirror's name is only a crate's where no tag or version says another one.
        own = [self.stated[0], *tags] if self.made[0] else [self.stated[0], self.known.name(entry.repo), *tags]
        self.own = tuple(dict.fromkeys(filter(None, own)))
        self.ends = [one.end() for one in SENTENCE.finditer(self.text)]
        self.named = [(one.start(), crate) for one in WORD.finditer(self.text) if (crate := self._crate(one))]

    def _crate(self, word: "re.Match[str]") -> str:
        """The crate that a word of the text names. A crate that is not read, and a common word, has to be marked as a crate."""
        crate = self.known.name(word[1])
        before, after = self.text[max(0, word.start() - 8) : word.start()], self.text[word.end() : word.end() + 8]
        if not crate or word[1].lower() in STANDARD or after.startswith("(") or before.endswith("."):
            return ""
        if (crate in self.known.read and crate not in COMMON) or "_" in crate or any(map(str.isdigit, crate)):
            return crate
        marked = before.endswith(("`", "crate ")) or after.startswith(("::", " crate", "'s `", "’s `"))
        return crate if marked or re.match(r"`?(?:@|\sv?)\d", after) else ""

    def mentions(self) -> Iterator[ItemMention]:
        if self.made[0]:
            yield from self._subjects()
            return
        for one in ANCHOR.finditer(f"{self.entry.source}\n{self.text}"):
            if (crate := self.known.name(one["mirror"])) or one["mirror"] in self.known.read:
                version = one["revision"] if re.fullmatch(NUMBERS, one["revision"]) else ""
                state = NotedState(version, one["mirror"], one["revision"])
                yield ItemMention(crate, NamedItem(tuple(one["item"].split("::"))), state)
        text = ANCHOR.sub(lambda one: " " * len(one[0]), self.text)
        fenced = [(one.start(), one[0]) for one in FENCED.finditer(text)]
        imports = dict[str, tuple[str, ...]]()
        for at, block in fenced:
            yield from self._block(at, block, imports)
        plain = FENCED.sub(lambda one: re.sub(r"[^\n]", " ", one[0]), text)
        for one in INLINE.finditer(plain):
            yield from self._inline(one.start(), one[1], imports)
        plain = INLINE.sub(lambda one: " " * len(one[0]), plain)
        for one in PATH.finditer(plain):
            yield from self._path(one.start(), one[1], bool(one[2]), imports)
        for one in CALL.finditer(plain):
            yield from self._name(one.start(), one[1] or one[2] or one[3], bool(one[4]))
        for one in PLAIN.finditer(plain):
            if "_" in one[1][1:] or _has_inner_capital(one[1]):
                yield from self._name(one.start(), one[1])

    def _subjects(self) -> Iterator[ItemMention]:
        """What a mirror's note is about."""
        mirror, revision = self.made
        version = self.stated[1] or (revision if re.fullmatch(NUMBERS, revision) else "")
        for one in SUBJECT.finditer(self.text):
            path = (one[1] or one[2]).partition("<")[0]
            parts = tuple(path.split("::"))
            if len(parts) > 1 and (crate := self.known.name(parts[0])):
                yield ItemMention(crate, NamedItem(parts, True), NotedState(version, mirror, revision))

    def _block(self, at: int, block: str, imports: dict[str, tuple[str, ...]]) -> Iterator[ItemMention]:
        """Paths, what is imported and called in a block of code."""
        code = TURBOFISH.sub("", COMMENT.sub(" ", block.partition("\n")[2].removesuffix("```")))
        for one in USE.finditer(code):
            for path, alias in use_leaves(one[1]):
                if len(path) > 1 and self.known.name(path[0]):
                    imports.setdefault(alias, path)
                    yield from self._whole(at, path)
        for one in PATH.finditer(code):
            yield from self._path(at, one[1], bool(one[2]), imports)
        for one in CALL.finditer(code):
            name = one[1] or one[2] or one[3]
            if name in imports:
                yield from self._whole(at, imports[name], bool(one[4]))
            elif one[2] and "_" in name:
                yield from self._name(at, name)
        yield from self._functions(at, code)

    def _inline(self, at: int, code: str, imports: Mapping[str, tuple[str, ...]]) -> Iterator[ItemMention]:
        plain = TURBOFISH.sub("", code).strip()
        if FUNCTION.search(plain):
            yield from self._functions(at, plain)
            return
        if alone := ALONE.fullmatch(plain):
            if not self.known.name(alone[1]) or alone[2]:
                yield from self._name(at, alone[1], bool(alone[2]))
            return
        for one in PATH.finditer(plain):
            yield from self._path(at, one[1], bool(one[2]), imports)
        for one in CALL.finditer(plain):
            yield from self._name(at, one[1] or one[2] or one[3], bool(one[4]))

    def _functions(self, at: int, code: str) -> Iterator[ItemMention]:
        """Signatures."""
        for one in FUNCTION.finditer(code):
            end = min((n for n in (code.find(mark, one.end()) for mark in "{;\n") if n >= 0), default=len(code))
            for mention in self._name(at, one[1]):
                yield ItemMention(mention.crate, mention.item, mention.state, code[one.start() : end].strip())

    def _path(self, at: int, path: str, macro: bool, imports: Mapping[str, tuple[str, ...]]) -> Iterator[ItemMention]:
        parts = tuple(path.split("::"))
        if parts[0] in imports:
            yield from self._whole(at, (*imports[parts[0]], *parts[1:]), macro)
            return
        named = self.known.name(parts[0])
        if named:
            yield from self._whole(at, parts, macro)
        crate = self._meant(at) if parts[0] not in STANDARD else ""
        if crate and crate != named:  # a module of that crate may be called like another crate: `time::sleep`
            yield ItemMention(crate, NamedItem(parts, macro=macro), self._state(crate, at))

    def _whole(self, at: int, path: tuple[str, ...], macro: bool = False) -> Iterator[ItemMention]:
        crate = self.known.name(path[0])
        yield ItemMention(crate, NamedItem(path, True, macro), self._state(crate, at))

    def _name(self, at: int, name: str, macro: bool = False) -> Iterator[ItemMention]:
        if name not in STANDARD and len(name) > 2 and (crate := self._meant(at)):
            start, end = self._sentence(at)
            beside = frozenset(WORD.findall(self.text[start:end]))
            yield ItemMention(crate, NamedItem((name,), macro=macro, beside=beside), self._state(crate, at))

    def _sentence(self, at: int) -> tuple[int, int]:
        number = bisect_right(self.ends, at)
        return self.ends[number - 1] if number else 0, self.ends[number] if number < len(self.ends) else len(self.text)

    def _meant(self, at: int) -> str:
        """The crate that a name at this place belongs to; "" where that is undecided."""
        start, end = self._sentence(at)
        beside = [(place, crate) for place, crate in self.named if start <= place < end]
        before = [crate for place, crate in beside if place <= at]
        if beside:
            return before[-1] if before else beside[0][1]
        if self.own:
            read = [one for one in self.own if one in self.known.read]
            return (
                self.own[0]
                if len(self.own) == 1 or self.own[0] == self.stated[0]
                else read[0]
                if len(read) == 1 == len(self.own)
                else ""
            )
        every = {crate for _, crate in self.named}
        perhaps = {one for one in WORD.findall(self.text[start:end]) if one in COMMON and one in self.known.read}
        found = every or perhaps
        return found.pop() if len(found) == 1 else ""

    def _state(self, crate: str, at: int) -> NotedState:
        """The version of a crate that holds at a place: of its sentence, of the entry's key, the last one before, or any."""
        start, end = self._sentence(at)
        own = [(place, version) for place, of, version in self.versions if of == crate]
        beside = [version for place, version in own if start <= place < end]
        if beside:
            return NotedState(beside[0])
        if self.stated[0] == crate:
            return NotedState(self.stated[1])
        before = [version for place, version in own if place <= at]
        version = before[-1] if before else own[0][1] if own else ""
        return NotedState(version)


def _has_inner_capital(word: str) -> bool:
    return word[0].isupper() and not word.isupper() and any(letter.isupper() for letter in word[1:])
