"""The items of a crate, read from its sources: the paths they are used by, their signatures and their documentation.

Of a dependency only what another crate can name is listed; of a workspace's own crate also what is private, under the path of its
definition. Re-exports inside of the crate are followed, so that an item has every public path; what is re-exported of another
crate is listed as a `CrateExport`. Not covered: items that procedural macros and macros of other crates generate,
methods of trait implementations, and methods that a type has through `Deref`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from rusta.library.item_docs import Above
from rusta.library.module_items import Definition
from rusta.library.module_tree import LARGEST_FILE, SourceTree
from rusta.library.public_paths import PathResolver
from rusta.library.source_files import SourceFiles
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

MOST_ITEMS = 100_000  # paths of a crate
MOST_BINARIES = 50
NAME = re.compile(r"[\w-]{1,100}")
BINARY = re.compile(r"src/bin/[^/]+\.rs")


@dataclass(frozen=True)
class CrateItem:
    """An item under one of its paths."""

    path: str  # from the crate's name on: serde_json::Value::as_str
    kind: str  # crate, module, struct, enum, union, trait, fn, method, constant, static, type, macro, variant, field, derive, attribute
    signature: str  # in one line, without its body
    docs: str  # Markdown
    deprecated: str  # "Deprecated since 1.2: note"; "" for an item that is not
    feature: str  # the crate's features that have to be on for it, joined by ", "; "" where no plain `cfg` stands on it
    public: bool  # whether another crate can use it by this path
    file: str  # relative to the crate's folder
    line: int


@dataclass(frozen=True)
class CrateExport:
    """A path below which something of another crate is found: `clap::*` is `clap_builder::*`."""

    path: str  # of what it is called here; for a glob of the module
    target: str  # from the other crate's name on; for a glob without the star
    glob: bool


@dataclass(frozen=True)
class CrateContents:
    """What was read of a crate."""

    items: tuple[CrateItem, ...]
    exports: tuple[CrateExport, ...]
    files: int
    unread: int = 0  # macro calls and modules whose items were not read


def crate_contents(crate: SourceFiles, own: bool = False) -> CrateContents:
    """Read the library of the crate whose files these are; `own` adds its binaries and what is private."""
    manifest = parse_toml(crate.read("Cargo.toml", LARGEST_TOML) or b"") or {}
    tree = SourceTree(crate, private=own)
    found = _Found()
    for name, file in crate_targets(crate, manifest, own):
        root = tree.read(name, file)
        said = manifest.get("package", {}).get("description")
        resolver = PathResolver(root, tree, found)
        resolver.attach()
        about = root.definition
        found.add(name, about, about.above.docs or (said.strip() if isinstance(said, str) else ""), (), True)
        for macro in tree.exported:
            if own or not macro.above.hidden:
                resolver.put(f"{name}::{macro.name}", macro, (), True)
        resolver.public(root, name, (), 0)
        if own:
            resolver.rest()
    return CrateContents(tuple(found.items.values()), tuple(found.exports), tree.files, sum(tree.unread.values()))


def library_name(manifest: dict[str, Any]) -> str:
    """The name that a package's library has in Rust; "" where the manifest gives no package."""
    package, library = manifest.get("package"), manifest.get("lib")
    said = library.get("name") if isinstance(library, dict) else None
    said = said or (package.get("name") if isinstance(package, dict) else None)
    return said.replace("-", "_") if isinstance(said, str) and NAME.fullmatch(said) else ""


def crate_targets(crate: SourceFiles, manifest: dict[str, Any], own: bool) -> Iterator[tuple[str, str]]:
    """The name and the first file of the library, and with `own` of each binary."""
    name, library = library_name(manifest), manifest.get("lib")
    if not name:
        return
    file = library.get("path") if isinstance(library, dict) else None
    file = file if isinstance(file, str) else "src/lib.rs"
    file = file.removeprefix("./")
    if crate.read(file, LARGEST_FILE) is not None:
        yield name, file
    if not own:
        return
    binaries, said = dict[str, str](), manifest.get("bin")
    for one in said if isinstance(said, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            at = one.get("path")
            binaries[at if isinstance(at, str) else f"src/bin/{one['name']}.rs"] = one["name"].replace("-", "_")
    binaries.setdefault(
        "src/main.rs",
        str(manifest["package"].get("name", name)).replace("-", "_")
        if isinstance(manifest.get("package"), dict)
        else name,
    )
    programs = sorted(path for path in crate.paths() if BINARY.fullmatch(path))
    for path in programs[:MOST_BINARIES]:
        binaries.setdefault(path, PurePosixPath(path).stem.replace("-", "_"))
    for file, called in list(binaries.items())[:MOST_BINARIES]:
        if crate.read(file, LARGEST_FILE) is not None:
            yield called, file


@dataclass
class _Found:
    """What was found of a crate so far: one item for each path, kind and signature."""

    items: dict[tuple[str, str, str], CrateItem] = field(default_factory=dict)
    exports: dict[CrateExport, None] = field(default_factory=dict)

    def add(self, path: str, of: Definition, docs: str, features: tuple[str, ...], public: bool) -> None:
        key = path, of.kind, of.signature
        if key not in self.items and len(self.items) < MOST_ITEMS:
            feature = ", ".join(dict.fromkeys(features))
            self.items[key] = CrateItem(
                path, of.kind, of.signature, docs, of.above.deprecated, feature, public, of.file, of.line
            )

    def export(self, path: str, target: tuple[str, ...], glob: bool, above: Above) -> None:
        """Note what is re-exported of another crate; what is of std has documentation of its own."""
        if target[0] not in ("std", "core", "alloc") and not self.full:
            self.exports[CrateExport(path, "::".join(target), glob)] = None

    @property
    def full(self) -> bool:
        return len(self.items) >= MOST_ITEMS or len(self.exports) >= MOST_ITEMS
