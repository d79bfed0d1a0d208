"""The gate of names: every name of Rust in a text is looked up on this machine before the text is said.

A name is known where std's index, the language's and its tools' documentation, the workspace or a locked dependency have it. It is
unknown only where a source on this machine has to have it, and has it not; all else is unchecked: crates that are not locked,
clippy's lints (its book lists a part of them), and types that may be anybody's. Not covered: whether a known name is used rightly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum

from rusta.library.crate_index import CrateIndex
from rusta.library.crate_names import CrateNames
from rusta.library.index import Library
from rusta.library.names import near_names
from rusta.library.passages import StdItem
from rusta.library.said_names import NameKind, SaidName, names_in
from rusta.library.std_names import PLAIN_MODULES, PRIMITIVES, ROOTS, StdNames

# Types of std whose names other crates use as well: unknown members of them are unchecked where a text names such a crate.
SHARED_TYPES = """
    Builder Command Context Path File Instant Duration Mutex RwLock Once OnceCell Barrier Condvar Receiver Sender Stream TcpStream
    TcpListener UdpSocket UnixStream Child Output Layout Allocator Read Write Seek BufRead BufReader BufWriter Future Poll Waker
    Formatter Hasher Arguments Metadata Location Thread JoinHandle Backtrace Component Components Display Debug Type Try Sink
    Stdin Stdout Stderr SystemTime OpenOptions Process
"""
SHARED = frozenset(SHARED_TYPES.split())
# Names that nearly every crate has, and that stand for any type in an example.
COMMON_TYPES = """
    Error Entry Iter IntoIter IterMut Context Builder Output Item Type Kind Request Token Source Body Args
    Trait Struct Enum Foo Bar Baz MyType MyStruct MyTrait MyEnum MyError Thing
"""
ANYBODYS = frozenset(COMMON_TYPES.split())
PRELUDE_VARIANTS = ("Some", "None", "Ok", "Err")
LEVEL = r"#!?\[\s*(?:allow|warn|deny|forbid|expect)\s*\([^)]*\b"
COMPILERS = ("proc_macro", "test")  # crates of the toolchain whose items the index leaves out
TOOLS = frozenset({"clippy", "rustfmt", "rustdoc", "miri", "rust_analyzer", "diagnostic"})
OTHER_LINTERS = re.compile(r"clippy|dylint|rustdoc|eslint", re.IGNORECASE)
COMMON_PARTS = frozenset(
    {"test", "cfg", "derive", "doc", "path", "link", "ignore", "feature", "expect", "used"}
)  # of others' attributes
COMPILER = re.compile(r"\brustc\b|\bcompiler|\bbuilt-in\b|(?<!\S)-[AWDF] ?[a-z]")
MOST_COMPARED = 20  # unknown paths of a text that the nearest names are looked for
LIKE_ATTRIBUTE, LIKE_FLAG, LIKE_LINT = 0.84, 0.6, 0.7
PRELUDES = {"TryFrom": 2021, "TryInto": 2021, "FromIterator": 2021, "Future": 2024, "IntoFuture": 2024}
# A flag that prose says to be cargo's or rustc's.
OF_CARGO = (
    r"\b(?:[Cc]argo|rustc)(?:'s)?(?: (?:with|flag|option|takes|has|accepts|supports)| the)* `{0}\b"
    r"|`{0}\b[^`\n]{{0,20}}`(?: (?:flag|option|switch))? (?:of|to|for|with|in) `?(?:[Cc]argo|rustc)\b"
)
OTHER_CASE = re.compile(r"[a-z][A-Z]")
FOREIGN = re.compile(r"\bC\+\+")


class NameFinding(Enum):
    """What is known of a name."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class NameReport:
    """The names of a text, each once, and sentences: what is near an unknown one, and what a reader should know of a known one."""

    known: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Verdict:
    finding: NameFinding
    notes: list[str] = field(default_factory=list)


def check_names(
    text: str, library: Library, crates: CrateIndex | None = None, rust_version: str = "", edition: str = ""
) -> NameReport:
    """Look up every name of a text. `rust_version` and `edition` are the crate's: names that are newer are noted."""
    said = names_in(text)
    gate = _Gate(library, crates, said, rust_version, edition, bool(OTHER_LINTERS.search(text)))
    found = dict[str, _Verdict]()
    for one in said:
        verdict = gate.verdict(one)
        before = found.get(one.shown)
        if before is None or before.finding is not NameFinding.KNOWN:
            found[one.shown] = verdict
    by = {finding: tuple(name for name, of in found.items() if of.finding is finding) for finding in NameFinding}
    notes = dict.fromkeys(note for of in found.values() for note in of.notes)
    return NameReport(by[NameFinding.KNOWN], by[NameFinding.UNKNOWN], by[NameFinding.UNCHECKED], tuple(notes))


class _Gate:
    """The lookups of one text."""

    def __init__(
        self,
        library: Library,
        crates: CrateIndex | None,
        said: Iterable[SaidName],
        rust_version: str,
        edition: str,
        other_lints: bool,
    ) -> None:
        self.std = StdNames(library)
        self.crates = CrateNames(crates, library) if crates is not None and crates.crates else None
        self.rust_version, self.edition, self.other_lints = rust_version, edition, other_lints
        self.version = library.documentation.version.partition(" ")[0]
        self.compared = 0
        said = list(said)
        self.named = {one.name.partition("::")[0].replace("-", "_") for one in said if one.kind is not NameKind.TYPE}
        self.foreign = any(self._foreign(one) for one in said)

    def _foreign(self, said: SaidName) -> bool:
        """Whether a name is of a crate that is neither std nor locked, or that may be."""
        head = said.name.partition("::")[0]
        if said.kind is not NameKind.CRATE and (said.kind is not NameKind.PATH or not head[:1].islower()):
            return False
        return not (head in (*ROOTS, *COMPILERS) or head in PRIMITIVES or self._locked(head) or self.std.modules(head))

    def _locked(self, name: str) -> bool:
        return bool(self.crates and self.crates.called(name))

    def verdict(self, said: SaidName) -> _Verdict:
        match said.kind:
            case NameKind.PATH | NameKind.METHOD:
                return self._path(said)
            case NameKind.MACRO:
                return self._macro(said)
            case NameKind.ATTRIBUTE:
                return self._attribute(said)
            case NameKind.LINT:
                return self._lint(said)
            case NameKind.CODE:
                return self._either(self.std.library.keyed(said.name) is not None, said, [])
            case NameKind.TYPE:
                return self._type(said)
            case NameKind.FLAG:
                return self._flag(said)
            case NameKind.CRATE:
                known = said.name in (*ROOTS, *COMPILERS) or self._locked(said.name)
                return _Verdict(NameFinding.KNOWN if known else NameFinding.UNCHECKED)

    def _either(self, known: bool, said: SaidName, near: list[str]) -> _Verdict:
        return _Verdict(NameFinding.KNOWN) if known else self._unknown(said, near)

    def _unknown(self, said: SaidName, near: list[str], where: str = "") -> _Verdict:
        told = f" Near it: {', '.join(near)}." if near else ""
        return _Verdict(NameFinding.UNKNOWN, [f"{where or f'Rust {self.version}'} has no `{said.shown}`.{told}"])

    def _path(self, said: SaidName) -> _Verdict:
        parts = said.name.split("::")
        head, last = parts[0], parts[-1]
        if said.kind is NameKind.METHOD and OTHER_CASE.search(last):
            return _Verdict(NameFinding.UNCHECKED)  # as in JavaScript: `String.fromCodePoint()`
        if head in ROOTS and not self._locked(head):
            if item := self.std.item(said.name):
                return self._known(said, item)
            if not self.std.indexed(parts) or FOREIGN.search(said.sentence):
                return _Verdict(NameFinding.UNCHECKED)
            return self._unknown(said, self._near(parts))
        if head in COMPILERS:
            return _Verdict(NameFinding.UNCHECKED)
        if head in TOOLS and not self._locked(head):
            known = said.name in self.std.attributes
            return _Verdict(NameFinding.KNOWN if known else NameFinding.UNCHECKED)
        if self.crates and (found := self.crates.item(said.name)):
            return _Verdict(NameFinding.KNOWN, self._crate_notes(said, found.item.deprecated, found.item.path))
        if self.crates and self._locked(head):
            return self._of_crate(said, parts)
        if item := self.std.item(said.name):
            return self._known(said, item)
        if self.crates and self.crates.spells_out(parts[-2], last, self.named):  # where macros hide it from the index
            return _Verdict(NameFinding.UNCHECKED)
        owner = "::".join(parts[:-1])
        if self.crates and parts[-2] not in ANYBODYS and (owners := self.crates.types(owner)):
            missing = (self._stds(parts) or not self.std.types(owner)) and all(
                self.crates.type_lacks(one, last, self.std) for one in owners
            )
            where = owners[0].crate
            near = self._members_near(owners[0].item.path, last)
            return (
                self._unknown(said, near, f"{where.name} {where.version}")
                if missing
                else _Verdict(NameFinding.UNCHECKED)
            )
        if self._stds(parts) and not (said.kind is NameKind.METHOD and self.std.dereferences(parts[-2])):
            if self.crates and self.crates.trait_has(last):  # an extension trait
                return _Verdict(NameFinding.UNCHECKED)
            return self._unknown(said, self._near(parts))
        return _Verdict(NameFinding.UNCHECKED)

    def _stds(self, parts: list[str]) -> bool:
        """Whether the name before the last is std's alone, as far as this text and this machine tell."""
        owner = parts[-2]
        if owner in PRIMITIVES:
            return len(parts) == 2 and not self.foreign
        if len(parts) == 2 and owner in PLAIN_MODULES:
            return not self.foreign and not (self.crates and self.crates.item(owner))
        if not owner[:1].isupper() or not (types := self.std.types("::".join(parts[:-1]))):
            return False
        if len(parts) == 2 and (owner in ANYBODYS or self.std.meanings(owner) > 1 or len(types) > 6):
            return False
        return not self.foreign or (len(parts) == 2 and owner not in SHARED)

    def _of_crate(self, said: SaidName, parts: list[str]) -> _Verdict:
        """A path that begins with a locked crate, whose index lacks it."""
        assert self.crates
        last, owner = parts[-1], "::".join(parts[:-1])
        for crate in self.crates.called(parts[0]):
            owners = self.crates.types(owner)
            member = len(parts) > 2 and parts[-2][:1].isupper()
            if member and not owners:
                return _Verdict(NameFinding.UNCHECKED)
            lacking = (
                all(self.crates.type_lacks(one, last, self.std) for one in owners)
                if member
                else self.crates.lacks(crate, last)
            )
            if not lacking:
                return _Verdict(NameFinding.UNCHECKED)
        one = self.crates.called(parts[0])[0]
        return self._unknown(said, self._members_near(owner, last), f"{one.name} {one.version}")

    def _members_near(self, owner: str, last: str) -> list[str]:
        members = self.crates.crates.members(owner) if self.crates else []
        return [f"`{owner}::{one}`" for one in get_close_matches(last, members, 3, 0.5)]

    def _near(self, parts: list[str]) -> list[str]:
        """The nearest names of std; of a path whose beginning is wrong, items of that last name."""
        self.compared += 1
        if self.compared > MOST_COMPARED:
            return []
        if near := near_names(self.std.library, "::".join(["std", *parts[1:]] if parts[0] in ROOTS else parts)):
            return near
        same = [one.path for one in self.std.library.items(parts[-1]) if one.path.startswith("std::")]
        return [f"`{one}`" for one in same[:3]]

    def _macro(self, said: SaidName) -> _Verdict:
        head, _, rest = said.name.partition("::")
        if item := self.std.item(f"{said.name}!"):
            return self._known(said, item)
        if rest and head in ROOTS and not self._locked(head):
            if not self.std.indexed([*said.name.split("::")]):
                return _Verdict(NameFinding.UNCHECKED)
            near = get_close_matches(said.name.rsplit("::", 1)[-1], self.std.library.names(macros=True), 3, 0.6)
            return self._unknown(said, [f"`{one}!`" for one in near])
        if self.crates and (found := self.crates.item(f"{said.name}!")):
            return _Verdict(NameFinding.KNOWN, self._crate_notes(said, found.item.deprecated, found.item.path))
        of = self.crates.called(head) if self.crates and said.name.count("::") == 1 else []
        if self.crates and of and all(self.crates.lacks(one, rest) for one in of):
            return self._unknown(said, self._members_near(head, rest), f"{of[0].name} {of[0].version}")
        return _Verdict(NameFinding.UNCHECKED)

    def _attribute(self, said: SaidName) -> _Verdict:
        name = said.name
        if name in self.std.attributes:
            return _Verdict(NameFinding.KNOWN)
        if self.crates and self.crates.attribute(name):
            return _Verdict(NameFinding.KNOWN)
        parts = name.split("_")
        if "::" in name or name.startswith(("rustc_", "unstable", "stable")):
            return _Verdict(NameFinding.UNCHECKED)
        near = get_close_matches(name, self.std.attributes, 3, LIKE_ATTRIBUTE)
        begins = ["_".join(parts[:n]) for n in range(1, len(parts))]
        ends = ["_".join(parts[n:]) for n in range(1, len(parts))]
        within = [one for one in (*begins, *ends) if one in self.std.attributes - COMMON_PARTS]
        if near or within:
            return self._unknown(said, [f"`#[{one}]`" for one in dict.fromkeys((*near, *within))])
        return _Verdict(NameFinding.UNCHECKED)

    def _lint(self, said: SaidName) -> _Verdict:
        tool, _, name = said.name.rpartition("::")
        if tool or (name not in self.std.lints and name in self.std.clippy):
            return _Verdict(
                NameFinding.KNOWN if name in self.std.clippy and tool == "clippy" else NameFinding.UNCHECKED
            )
        if name in self.std.lints:
            return _Verdict(NameFinding.KNOWN)
        if self.other_lints or "_" not in name:
            return _Verdict(NameFinding.UNCHECKED)
        near = get_close_matches(name, self.std.lints, 3, LIKE_LINT)
        if near or COMPILER.search(said.sentence) or re.search(rf"{LEVEL}{name}\b", said.sentence):
            return self._unknown(said, [f"`{one}`" for one in near])
        return _Verdict(NameFinding.UNCHECKED)  # perhaps one of clippy's

    def _type(self, said: SaidName) -> _Verdict:
        if self.crates and (found := self.crates.item(said.name)):
            return _Verdict(NameFinding.KNOWN, self._crate_notes(said, found.item.deprecated, found.item.path))
        if said.name in PRELUDE_VARIANTS:
            return _Verdict(NameFinding.KNOWN)
        items = [one for one in self.std.library.items(said.name) if one.kind not in ("structfield", "method")]
        if not items:
            return _Verdict(NameFinding.UNCHECKED)
        same = len({one.signature for one in items}) == 1
        return self._known(said, items[0]) if same else _Verdict(NameFinding.KNOWN, self._edition(said.name))

    def _flag(self, said: SaidName) -> _Verdict:
        command, _, flag = said.name.rpartition(" ")
        program, _, sub = command.partition(" ")
        of = self.std.flags("rustc" if program == "rustc" else sub or "cargo") if program else frozenset[str]()
        every = of or self.std.flags("")
        if flag in every:
            return _Verdict(NameFinding.KNOWN)
        if of or (not program and re.search(OF_CARGO.format(flag), said.sentence)):
            near = get_close_matches(flag, every, 3, LIKE_FLAG)
            return self._unknown(said, [f"`{one}`" for one in near], command and f"`{command}` of Rust {self.version}")
        return _Verdict(NameFinding.UNCHECKED)

    def _known(self, said: SaidName, item: StdItem) -> _Verdict:
        """A name of std, with what its page says about its use."""
        notes = list[str]()
        owner = next(iter(self.std.types(item.path.rpartition("::")[0])), None)
        unstable = item.unstable or (owner.unstable if owner else "")
        since = item.since or (owner.since if owner else "")
        if item.deprecated:
            notes.append(f"`{said.shown}`: {item.deprecated.rstrip('.')}.")
        if unstable:
            notes.append(f"`{said.shown}` is unstable: it needs a nightly toolchain and `#![feature({unstable})]`.")
        elif since and self.rust_version and _numbers(since) > _numbers(self.rust_version):
            notes.append(f"`{said.shown}` is stable since Rust {since}, and this crate supports {self.rust_version}.")
        return _Verdict(NameFinding.KNOWN, notes + self._edition(said.name))

    def _edition(self, name: str) -> list[str]:
        """What a crate of an older edition has to import, or cannot name."""
        own = int(self.edition) if self.edition.isdecimal() else 9999
        prelude = re.fullmatch(r"(?:std|core)::prelude::rust_(\d{4})(?:::\w+)?", name)
        if prelude and int(prelude[1]) > own:
            return [f"`{name}` is the prelude of edition {prelude[1]}, and this crate is of {own}."]
        if PRELUDES.get(name, 0) > own:
            return [
                f"`{name}` is in the prelude from edition {PRELUDES[name]} on: this crate, of {own}, has to import it."
            ]
        return []

    def _crate_notes(self, said: SaidName, deprecated: str, path: str) -> list[str]:
        return [f"`{said.shown}` ({path}): {deprecated.rstrip('.')}."] if deprecated else []


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(one) for one in re.findall(r"\d{1,9}", version)[:3]]
    return (*numbers, *[0] * (3 - len(numbers)))
