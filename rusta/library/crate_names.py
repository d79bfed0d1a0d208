"""Whether a workspace or its locked dependencies have a name, and whether their index can be trusted that they have it not.

The index lacks what macros generate, members that a trait's implementation gives, and those behind `Deref`. So a name that it
lacks is missing for certain only where it stands nowhere in the crate's sources either, and nothing in them composes names: no
`paste!`, no file of a build script, no derive and no macro of another crate that may add items. Comments do not count as sources.
Sources are a stranger's: read with limits, regular files below the crate's folder only.
"""

import os
import re
import stat
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from rusta.library.crate_index import CrateIndex, FoundItem, fingerprint_of
from rusta.library.crate_sources import LockedCrate
from rusta.library.index import Library
from rusta.library.std_names import StdNames
from rusta.tools.workspace_files import read_toml

LARGEST_SOURCES = 16 << 20  # bytes of a crate that are looked through
MOST_SOURCES = 3_000  # files
DEEPEST_FOLDER = 12
MOST_REEXPORTED = 12  # crates
MOST_OWNERS = 40  # of members of one name, looked at
COMMENT = re.compile(r"(?<!:)//[^\n]*|^[ \t]*/\*.*?(?:\*/|\Z)", re.MULTILINE | re.DOTALL)
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
CALLS = re.compile(r"\b([a-z_]\w*)!\s*[({\[]")
DEFINED = re.compile(r"\bmacro_rules!\s*(\w+)")
DERIVED = re.compile(r"#\[\s*(?:cfg_attr\s*\([^\n]{0,200}?)?derive\s*\(([^()]{0,500})\)")
DECLARED = re.compile(r"\b(?:struct|enum|union|trait|type)\s+(\w+)")
DEREF = re.compile(r"\bDeref\s+for\s+(?:\w+::)*([$\w]+)")
OUTSIDE = re.compile(r"\binclude!\s*[({\[]|\bpaste!|\bconcat_idents!|\[<")
HELPERS = re.compile(r"#\[\s*proc_macro_derive\s*\([^\n()]{0,200}?attributes\s*\(([^()]{0,500})\)")
# Derives and macros of other crates that add no names beside those of the traits they implement.
DERIVES = """
    Debug Clone Copy PartialEq Eq PartialOrd Ord Hash Default Serialize Deserialize Error Zeroize Pod Zeroable Display
"""
PLAIN_DERIVES = frozenset(DERIVES.split())
MACROS = """
    quote quote_spanned parse_quote json trace debug info warn error log anyhow bail ensure ready event cfg_if
"""
PLAIN_CALLS = frozenset(MACROS.split())
MEMBERS = ("method", "fn", "variant", "field", "constant", "type")


@dataclass(frozen=True)
class SourceNames:
    """The identifiers of a crate's sources. `whole`: no other name can come out of them."""

    identifiers: frozenset[str] = frozenset()
    dereferenced: frozenset[str] = frozenset()  # types that implement Deref; `$name` of a macro
    declared: frozenset[str] = frozenset()  # types, those in the arguments of macros among them
    helpers: frozenset[str] = frozenset()  # attributes that its derives read
    whole: bool = False


@dataclass
class CrateNames:
    """Names looked up in the crates of an index. `library` knows the macros and traits of std."""

    crates: CrateIndex
    library: Library
    _of: dict[str, list[LockedCrate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.crates.crates:
            for name in dict.fromkeys((one.library, one.name.replace("-", "_"), *one.names)):
                self._of.setdefault(name, []).append(one)

    def called(self, name: str) -> list[LockedCrate]:
        """The crates that are called so, by the lock or by the workspace."""
        return self._of.get(name.replace("-", "_"), [])

    def item(self, path: str) -> FoundItem | None:
        """The item whose path ends so; of several one that is not deprecated."""
        found = self.crates.items(path)
        return min(found, key=lambda one: bool(one.item.deprecated), default=None)

    def types(self, name: str) -> list[FoundItem]:
        """The types and traits whose path ends so."""
        kinds = ("struct", "enum", "union", "trait", "type")
        return [one for one in self.crates.items(name) if one.item.kind in kinds]

    def has_member(self, last: str) -> bool:
        """Whether any crate has a member or a function of this name."""
        return any(one.item.kind in MEMBERS for one in self.crates.items(last))

    def lacks(self, crate: LockedCrate, last: str) -> bool:
        """Whether a crate has no item of this name for certain, be it generated or re-exported."""
        crates, todo = dict[Path, LockedCrate](), [crate]
        while todo:
            one = todo.pop()
            if one.root is None or len(crates) > MOST_REEXPORTED:
                return False
            if one.root not in crates:
                crates[one.root] = one
                for name in self.crates.exported_crates(one):
                    if name in ("std", "core", "alloc"):
                        return False
                    if not (other := self.called(name)):
                        return False
                    todo += other
        return all(self._sources(one).whole and last not in self._sources(one).identifiers for one in crates.values())

    def trait_has(self, last: str) -> bool:
        """Whether a trait of any crate has a member of this name: it may be implemented for any type."""
        members = [one.item for one in self.crates.items(last) if one.item.kind in MEMBERS]
        owners = dict.fromkeys(one.path.rpartition("::")[0] for one in members)
        return len(owners) > MOST_OWNERS or any(
            one.item.kind == "trait" for owner in owners if owner for one in self.crates.items(owner)
        )

    def type_lacks(self, owner: FoundItem, last: str, std: StdNames) -> bool:
        """Whether a type of a crate has no member of this name for certain, also none of a trait or through Deref."""
        if owner.item.kind in ("type", "trait") or std.trait_has(last) or self.trait_has(last):
            return False
        name = owner.item.path.rpartition("::")[2]
        dereferenced = self._sources(owner.crate).dereferenced
        if any(one == name or one[0] == "$" for one in dereferenced) and (
            std.has_member(last) or self.has_member(last)
        ):
            return False
        return self.lacks(owner.crate, last)

    def spells_out(self, owner: str, last: str, also: Container[str]) -> bool:
        """Whether the sources of an own crate, or one that is called as in `also`, declare such a type and hold such a name."""
        for one in self.crates.crates:
            if one.root is not None and (one.own or one.library in also):
                found = self._sources(one)
                if owner in found.declared and last in found.identifiers:
                    return True
        return False

    def attribute(self, name: str) -> bool:
        """Whether one of the crates has an attribute of this name, or a derive that reads one."""
        if any(one.item.kind == "attribute" for one in self.crates.items(name)):
            return True
        attribute = name.partition("::")[0]
        return any(attribute in self._sources(one).helpers for one in self._procedural)

    @cached_property
    def _procedural(self) -> list[LockedCrate]:
        """The crates of procedural macros."""
        manifests = ((one, read_toml(one.root / "Cargo.toml", one.root)) for one in self.crates.crates if one.root)
        libraries = ((one, said.get("lib") if said else None) for one, said in manifests)
        return [one for one, library in libraries if isinstance(library, dict) and library.get("proc-macro") is True]

    def _sources(self, crate: LockedCrate) -> SourceNames:
        stamp = "" if crate.frozen or crate.root is None else fingerprint_of(crate.root)
        return source_names(str(crate.root), stamp, frozenset(self.library.names(macros=True)))


@lru_cache(maxsize=64)
def source_names(root: str, stamp: str, macros: frozenset[str]) -> SourceNames:
    """Read a crate's sources. `macros` are those of std; `stamp` tells versions of a folder that can change apart."""
    identifiers, calls, own, derives, dereferenced, declared, helpers = (set[str]() for _ in range(7))
    whole, size, files = True, 0, 0
    for path in _rust_files(root):
        files += 1
        with suppress(OSError):
            size += path.stat().st_size
            if size > LARGEST_SOURCES or files > MOST_SOURCES:
                whole = False
                break
            text = COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace"))
            identifiers.update(IDENTIFIER.findall(text))
            calls.update(CALLS.findall(text))
            own.update(DEFINED.findall(text))
            derives.update(
                one.strip().rsplit("::", 1)[-1] for found in DERIVED.findall(text) for one in found.split(",")
            )
            declared.update(DECLARED.findall(text))
            dereferenced.update(DEREF.findall(text))
            helpers.update(one.strip() for found in HELPERS.findall(text) for one in found.split(","))
            whole = whole and not OUTSIDE.search(text)
    foreign = calls - own - macros - PLAIN_CALLS - {"macro_rules"}
    whole = whole and not foreign and not (derives - PLAIN_DERIVES - {""}) and files > 0
    return SourceNames(frozenset(identifiers), frozenset(dereferenced), frozenset(declared), frozenset(helpers), whole)


def _rust_files(root: str) -> Iterator[Path]:
    todo = [(root, 0)]
    while todo:
        folder, depth = todo.pop()
        with suppress(OSError), os.scandir(folder) as found:
            for entry in sorted(found, key=lambda one: one.name):
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode) and depth < DEEPEST_FOLDER and entry.name[0] != "." and entry.name != "target":
                    todo.append((entry.path, depth + 1))
                elif stat.S_ISREG(mode) and entry.name.endswith(".rs"):
                    yield Path(entry.path)
