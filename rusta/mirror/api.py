"""The public API of a package at one state of its sources: every item under every path that another crate can name it by.

By tree-sitter over the whole crate, for one target and set of features; nothing is compiled, and no build script or procedural macro
is run. What could not be read (macros that are not expanded, files that are missing) is counted in `CrateApi.unread`. Left out as
rustdoc does: `#[doc(hidden)]`, what has no public path, auto traits, and what blanket implementations give to each type. Not
covered: trait implementations that attributes and derives of other crates make (but `Serialize` and `Deserialize`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rusta.library.cfg_settings import CfgSetting
from rusta.library.item_docs import Above
from rusta.library.module_items import Definition, SourceModule
from rusta.library.module_tree import SourceTree
from rusta.library.public_paths import PathResolver
from rusta.library.source_files import SourceFiles
from rusta.library.source_items import crate_targets
from rusta.mirror.name_meanings import NameMeanings
from rusta.mirror.shapes_of_items import ItemShapes
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

MOST_ITEMS = 200_000  # paths of a package
MOST_HIDDEN = 20_000  # hidden items of a package
MOST_UNREAD = 1_000  # kinds of what could not be read that are told
LARGEST_BUILD = 1 << 20  # bytes of a build script
NAMESPACES = {
    "fn": "value",
    "constant": "value",
    "static": "value",
    "macro": "macro",
    "derive": "macro",
    "attribute": "macro",
}
OWNERS = ("struct", "enum", "union", "trait")
MARKS = re.compile(r"#!?\[\s*(?:unsafe\s*\(\s*)?(non_exhaustive|must_use)\b")
GATE = re.compile(r"#!?\[\s*cfg\s*\((.*)\)\s*\]\s*\Z", re.DOTALL)
UNSAFE = re.compile(r"\bunsafe\b")
LONGEST_SHOWN = 1_000  # characters of a signature
SHOWN = re.compile(r"\s+|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


@dataclass(frozen=True)
class PublicItem:
    """One item under one public path. A trait implementation has `crate: impl Trait for Type` for a path."""

    path: str
    kind: str  # as `rusta.library.source_items.CrateItem.kind`, also impl, and use for what is of another crate
    signature: str  # as it is written, in one line
    shape: str  # what is compared (`rusta.mirror.item_shapes`)
    docs: str = ""
    deprecated: str = ""
    gate: str = ""  # the `cfg`s that stand on it and around it
    marks: tuple[str, ...] = ()  # non_exhaustive, must_use
    unsafe: bool = False
    file: str = ""
    line: int = 0
    at: int = 0  # its first byte in what it was read from
    owner: str = ""  # the path of the item that it belongs to
    crate: str = ""  # the crate that it is defined in, where that is another one

    @property
    def place(self) -> tuple[str, int, int, str, str]:
        """What stands for the item itself, under whichever path."""
        name = self.path.removeprefix(self.owner.rpartition("::")[0]).rpartition("::")[2]
        return self.file, self.line, self.at, self.kind, name


@dataclass(frozen=True)
class ForeignExport:
    """A public path at which something of another crate is found; for a glob all that is below `target`."""

    path: str
    target: str
    glob: bool
    gate: str = ""


@dataclass(frozen=True)
class CrateApi:
    """The public API of one package."""

    name: str  # as in Rust: `serde_core`
    items: tuple[PublicItem, ...] = ()
    exports: tuple[ForeignExport, ...] = ()
    edition: str = ""
    rust_version: str = ""
    features: tuple[str, ...] = ()  # that the manifest declares
    unread: tuple[tuple[str, int], ...] = ()  # "mod x" and "x!" that were not followed, how often
    files: int = 0
    # Paths that code can name and documentation leaves out (`#[doc(hidden)]`), each with its note of deprecation or "".
    hidden: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass
class _Collected:
    """Takes what the resolver finds. Of two items that would have one name, the one that fewer globs bring is kept."""

    resolver: PathResolver = field(init=False)
    found: dict[str, list[tuple[int, Definition, tuple[str, ...]]]] = field(default_factory=dict)
    exports: dict[tuple[str, str, bool], ForeignExport] = field(default_factory=dict)
    count: int = 0

    @property
    def full(self) -> bool:
        return self.count >= MOST_ITEMS

    def add(self, path: str, of: Definition, docs: str, features: tuple[str, ...], public: bool) -> None:
        """Take an item under a path."""
        if not public or of.above.hidden or (not of.public and of.kind != "module"):
            return
        globs, beside = self.resolver.globs, self.found.setdefault(path, [])
        space = NAMESPACES.get(of.kind, of.kind if of.block or of.kind == "method" else "type")
        for one in list(beside):
            if one[1] is of:
                return
            if one[0] != globs and space == NAMESPACES.get(one[1].kind, "type"):
                if one[0] < globs:
                    return
                beside.remove(one)
        beside.append((globs, of, features))
        self.count += 1

    def export(self, path: str, target: tuple[str, ...], glob: bool, above: Above) -> None:
        """Take a re-export of another crate."""
        told = ForeignExport(path, "::".join(target), glob, _gates(above))
        self.exports.setdefault((path, told.target, glob), told)


def public_api(
    files: SourceFiles,
    setting: CfgSetting | None = None,
    inherited: Mapping[str, object] | None = None,
    trees: dict[bytes, Any] | None = None,
) -> CrateApi:
    """Read the public API of the package whose folder this is; one without a library has no items.

    `inherited` is `[workspace.package]` of the workspace. `trees` keeps syntax trees by their sources, for the other state.
    """
    manifest = parse_toml(files.read("Cargo.toml", LARGEST_TOML) or b"") or {}
    package = manifest.get("package")
    package = package if isinstance(package, dict) else {}
    said = package.get("build")
    build = files.read(said if isinstance(said, str) else "build.rs", LARGEST_BUILD) or b""
    inherited = inherited or {}
    tree = SourceTree(
        files,
        trees={} if trees is None else trees,
        cfg=(setting or CfgSetting()).of(manifest, build.decode("utf-8", "replace")),
    )
    features = manifest.get("features")
    facts = CrateApi(
        str(package.get("name", "")).replace("-", "_"), edition=_text(package, "edition", inherited) or "2015",
        rust_version=_text(package, "rust-version", inherited), features=tuple(sorted(features)) if isinstance(features, dict) else (),
    )  # fmt: skip
    for name, file in crate_targets(files, manifest, False):
        root = tree.read(name, file)
        found = _Collected()
        found.resolver = resolver = PathResolver(root, tree, found)
        resolver.attach()
        for macro in tree.exported:
            if not macro.above.hidden:
                resolver.put(f"{name}::{macro.name}", macro, (), True)
        resolver.public(root, name, (), 0)
        items = tuple(_items(name, root, found))
        unread = tuple(sorted(tree.unread.items())[:MOST_UNREAD])
        return CrateApi(
            name, items, tuple(found.exports.values()), facts.edition, facts.rust_version, facts.features, unread, tree.files,
            dict(islice(_hidden(name, root, found), MOST_HIDDEN)),
        )  # fmt: skip
    return facts


def path_rank(path: str) -> tuple[int, bool, str]:
    """Return by what one of several paths of an item is chosen: the shortest one, and not that of a prelude."""
    return path.count("::"), "::prelude::" in path, path


def _text(package: dict[str, object], key: str, inherited: Mapping[str, object]) -> str:
    said = package.get(key)
    if isinstance(said, dict) and said.get("workspace") is True:
        said = inherited.get(key)
    return str(said) if isinstance(said, str | int | float) else ""


def _items(crate: str, root: SourceModule, found: _Collected) -> Iterator[PublicItem]:
    shortest, listed, owners = dict[int, str](), dict[int, Definition](), dict[int, Definition]()
    for path, several in found.found.items():
        for _, one, _ in several:
            known = shortest.get(id(one))
            listed[id(one)] = one
            owners.update((id(member), one) for member in one.members)
            if known is None or path_rank(path) < path_rank(known):
                shortest[id(one)] = path
    shapes = ItemShapes(NameMeanings(found.resolver, shortest), found.resolver.tree.unread)
    made, numbered = dict[int, str](), dict[int, list[tuple[str, str]]]()
    for path, several in found.found.items():
        for _, one, features in several:
            owner = owners.get(id(one))
            beside = [other for _, other, _ in found.found.get(path.rpartition("::")[0], ()) if other.kind in OWNERS]
            if beside and owner not in beside:  # of an item that another one of its name shadows
                continue
            if id(one) not in made:
                made[id(one)] = shapes.shape(one, owner)
                numbered[id(one)] = list(shapes.tuple_fields(one)) if one.kind == "struct" else []
            yield _public_item(path, one, made[id(one)], features, owner)
            note = _deprecated(one, None)
            for number, said in numbered[id(one)]:
                at = f"{path}::{number}"
                yield PublicItem(
                    at, "field", f"pub {said}", said, deprecated=note, file=one.file, line=one.line, owner=path
                )
    for export in found.exports.values():
        path, star = (f"{export.path}::*", "::*") if export.glob else (export.path, "")
        yield PublicItem(path, "use", f"pub use {export.target}{star}", export.target, gate=export.gate)
    seen = set[str]()
    for block, path, shape, owner in shapes.implementations(root, listed):
        if (key := f"{path}|{shape}") not in seen:
            seen.add(key)
            yield PublicItem(
                f"{crate}: {path}", "impl", one_line(block.text), shape, gate=_gates(block.above), file=block.file, line=block.line,
                unsafe=block.text.lstrip().startswith("unsafe"), owner=owner,
            )  # fmt: skip


def _hidden(crate: str, root: SourceModule, found: _Collected) -> Iterator[tuple[str, str]]:
    """The hidden members of what is listed, and the hidden items of the modules that are, each with its note of deprecation."""
    modules, todo = {id(root.definition): root}, [root]
    while todo:
        for below in todo.pop().modules.values():
            if id(below.definition) not in modules:
                modules[id(below.definition)] = below
                todo.append(below)
    listed = [
        (crate, root.definition),
        *((path, one) for path, several in found.found.items() for _, one, _ in several),
    ]
    for path, one in listed:
        for member in one.members:
            if member.public and member.above.hidden:
                yield f"{path}::{member.name}", _deprecated(member, one)
        inside = modules[id(one)].definitions.items() if id(one) in modules else ()
        for name, several in inside:
            for item in several:
                if item.public and item.above.hidden:
                    yield f"{path}::{name}", _deprecated(item, None)


def _public_item(
    path: str, one: Definition, shape: str, features: tuple[str, ...], owner: Definition | None
) -> PublicItem:
    marks = tuple(sorted(found[1] for said in one.above.attributes if (found := MARKS.match(said))))
    gate = ", ".join(dict.fromkeys((*(f'feature = "{one}"' for one in features), *_conditions(one.above))))
    signature = one_line(one.text) if one.kind != "macro" else one.signature
    unsafe = one.kind in ("fn", "method", "trait") and UNSAFE.search(signature.partition("(")[0]) is not None
    return PublicItem(
        path, one.kind, signature, shape, one.above.docs, _deprecated(one, owner), gate, marks, unsafe,
        one.file, one.line, one.origin + one.span[0], path.rpartition("::")[0] if owner is not None else "",
    )  # fmt: skip


def _deprecated(one: Definition, owner: Definition | None) -> str:
    """The note on an item, or on what it is declared in: a type for its fields, a trait, a module."""
    if said := one.above.deprecated or (owner.above.deprecated if owner is not None and not one.block else ""):
        return said
    module = one.home
    while module is not None:
        if module.definition.above.deprecated:
            return module.definition.above.deprecated
        module = module.parent
    return ""


def _conditions(above: Above) -> tuple[str, ...]:
    found = (GATE.match(said) for said in above.attributes)
    return tuple(" ".join(one[1].split()) for one in found if one)


def _gates(above: Above) -> str:
    return ", ".join(dict.fromkeys(_conditions(above)))


def one_line(text: str) -> str:
    """A signature in one line, without comments."""
    said = " ".join(SHOWN.sub(" ", text).split()).rstrip("={;, ")
    return said if len(said) <= LONGEST_SHOWN else f"{said[: LONGEST_SHOWN - 1]}…"
