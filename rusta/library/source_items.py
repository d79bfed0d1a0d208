"""The items of a crate, read from its sources: the paths they are used by, their signatures and their documentation.

Of a dependency only what another crate can name is listed; of a workspace's own crate also what is private, under the path of its
definition. Re-exports inside of the crate are followed, so that an item has every public path; what is re-exported of another
crate is listed as a `CrateExport`. Not covered: items that macros generate, methods of trait implementations, and methods that
a type has through `Deref`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.library.module_tree import Definition, Import, SourceModule, SourceTree
from rusta.tools.workspace_files import read_toml

MOST_ITEMS = 100_000  # paths of a crate
DEEPEST_EXPORT = 12  # re-exports on the way to an item, and modules inside of re-exported modules
MOST_BINARIES = 50
NAME = re.compile(r"[\w-]{1,100}")


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


def crate_contents(crate: Path, own: bool = False) -> CrateContents:
    """Read the library of the crate in this folder; `own` adds its binaries and what is private."""
    manifest = read_toml(crate / "Cargo.toml", crate) or {}
    tree = SourceTree(crate)
    found = _Found()
    for name, file in _targets(crate, manifest, own):
        root = tree.read(name, file)
        said = manifest.get("package", {}).get("description")
        resolver = _Resolver(root, tree, found)
        resolver.attach()
        about = root.definition
        found.add(name, about, about.above.docs or (said.strip() if isinstance(said, str) else ""), (), True)
        for macro in tree.exported:
            if own or not macro.above.hidden:
                resolver.put(f"{name}::{macro.name}", macro, (), True)
        resolver.public(root, name, (), (root,), own)
        if own:
            resolver.private(root)
    return CrateContents(tuple(found.items.values()), tuple(found.exports), tree.files)


def library_name(manifest: dict[str, Any]) -> str:
    """The name that a package's library has in Rust; "" where the manifest gives no package."""
    package, library = manifest.get("package"), manifest.get("lib")
    said = library.get("name") if isinstance(library, dict) else None
    said = said or (package.get("name") if isinstance(package, dict) else None)
    return said.replace("-", "_") if isinstance(said, str) and NAME.fullmatch(said) else ""


def _targets(crate: Path, manifest: dict[str, Any], own: bool) -> Iterator[tuple[str, str]]:
    """The name and the first file of the library, and with `own` of each binary."""
    name, library = library_name(manifest), manifest.get("lib")
    if not name:
        return
    file = library.get("path") if isinstance(library, dict) else None
    file = file if isinstance(file, str) else "src/lib.rs"
    if (crate / file).is_file():
        yield name, file.removeprefix("./")
    if not own:
        return
    binaries, said = dict[str, str](), manifest.get("bin")
    for one in said if isinstance(said, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            at = one.get("path")
            binaries[at if isinstance(at, str) else f"src/bin/{one['name']}.rs"] = one["name"].replace("-", "_")
    binaries.setdefault("src/main.rs", str(manifest["package"].get("name", name)).replace("-", "_") if isinstance(manifest.get("package"), dict) else name)
    for path in sorted(crate.glob("src/bin/*.rs"))[:MOST_BINARIES]:
        binaries.setdefault(f"src/bin/{path.name}", path.stem.replace("-", "_"))
    yield from ((called, file) for file, called in list(binaries.items())[:MOST_BINARIES] if (crate / file).is_file())


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

    @property
    def full(self) -> bool:
        return len(self.items) >= MOST_ITEMS or len(self.exports) >= MOST_ITEMS


@dataclass
class _Resolver:
    """Follows the names of one target."""

    root: SourceModule
    tree: SourceTree
    found: _Found
    known: "dict[tuple[int, str], tuple[SourceModule | Definition, ...]]" = field(default_factory=dict)

    def attach(self) -> None:
        """Give every type the methods of its `impl` blocks."""
        for module in self._modules(self.root):
            for path, members in module.blocks:
                for owner in self.named(module, path, 0):
                    if isinstance(owner, Definition):
                        owner.members = [*owner.members, *members]
                        break

    def _modules(self, module: SourceModule) -> Iterator[SourceModule]:
        yield module
        for below in module.modules.values():
            yield from self._modules(below)

    def named(self, module: SourceModule, path: tuple[str, ...], depth: int) -> "tuple[SourceModule | Definition, ...]":
        """What a path means in a module; () for what is not of this crate, and where too many re-exports stand between."""
        if not path or depth > DEEPEST_EXPORT:
            return ()
        at, rest = module, path
        while rest and rest[0] in ("crate", "self", "super"):
            at = self.root if rest[0] == "crate" else at.parent if rest[0] == "super" else at
            if at is None:
                return ()
            rest = rest[1:]
        if not rest:
            return (at,)
        first = self._in(at, rest[0], depth)
        if not first and rest is path and at is not self.root:  # paths of edition 2015, and `#[macro_use]`
            first = self._in(self.root, rest[0], depth)
        places = first
        for name in rest[1:]:
            places = tuple(one for place in places for one in self._below(place, name, depth))
        return places

    def _below(self, place: "SourceModule | Definition", name: str, depth: int) -> "tuple[SourceModule | Definition, ...]":
        if isinstance(place, SourceModule):
            return self._in(place, name, depth)
        return tuple(one for one in place.members if one.kind == "variant" and one.name == name)

    def _in(self, module: SourceModule, name: str, depth: int) -> "tuple[SourceModule | Definition, ...]":
        """What a module calls `name`: defined there, imported there, or of a glob there."""
        key = id(module), name
        if key in self.known:
            return self.known[key]
        found = list[SourceModule | Definition](module.definitions.get(name, ()))
        if name in module.modules:
            found.append(module.modules[name])
        if module is self.root:
            found += [macro for macro in self.tree.exported if macro.name == name]
        self.known[key] = tuple(found)  # while imports are searched, which may run in a circle
        for one in module.imports:
            if one.name == name:
                found += self.named(module, one.path, depth + 1)
        if not found:
            for one in module.imports:
                if one.name == "*":
                    for place in self.named(module, one.path, depth + 1):
                        found += self._below(place, name, depth + 1)
        self.known[key] = tuple(dict.fromkeys(found))
        return self.known[key]

    def _features(self, of: "Definition | Import") -> tuple[str, ...]:
        wrapped = (one for name in of.wrappers for one in self.tree.wrapper_features.get(name, ()))
        return (*of.above.features, *wrapped)

    def put(self, path: str, one: Definition, features: tuple[str, ...], public: bool, own: bool = False) -> None:
        """List an item under a path, and below it what belongs to it."""
        features = (*features, *self._features(one))
        self.found.add(path, one, one.above.docs, features, public)
        for member in one.members:
            if own or (member.public and not member.above.hidden):
                self.found.add(
                    f"{path}::{member.name}", member, member.above.docs, (*features, *self._features(member)),
                    public and member.public,
                )  # fmt: skip

    def public(
        self, module: SourceModule, path: str, features: tuple[str, ...], stack: tuple[SourceModule, ...], own: bool
    ) -> None:
        """List what other crates can name below a module, under the path they do it by."""
        if self.found.full or len(stack) > DEEPEST_EXPORT:
            return
        for name, definitions in module.definitions.items():
            for one in definitions:
                if one.public and (own or not one.above.hidden):
                    self.put(f"{path}::{name if one.name == name else one.name}", one, features, True)
        for name, below in module.modules.items():
            if below.definition.public and (own or not below.definition.above.hidden):
                self._module(below, f"{path}::{name}", features, stack, own)
        for one in module.imports:
            if one.public and not one.above.hidden and one.name != "_":
                self._import(one, module, path, (*features, *self._features(one)), stack, own)

    def _module(
        self, module: SourceModule, path: str, features: tuple[str, ...], stack: tuple[SourceModule, ...], own: bool
    ) -> None:
        about = module.definition
        features = (*features, *self._features(about))
        self.found.add(path, about, about.above.docs, features, True)
        if module not in stack:
            self.public(module, path, features, (*stack, module), own)

    def _import(
        self, one: Import, module: SourceModule, path: str, features: tuple[str, ...], stack: tuple[SourceModule, ...], own: bool
    ) -> None:  # fmt: skip
        places = self.named(module, one.path, 0)
        if not places:
            self._other_crate(one, module, path)
        for place in places:
            if self.found.full:
                return
            if one.name != "*":
                if isinstance(place, SourceModule):
                    if place.definition.public:
                        self._module(place, f"{path}::{one.name}", features, stack, own)
                elif place.public or place.kind == "macro":
                    self.put(f"{path}::{one.name}", place, features, True)
            elif isinstance(place, SourceModule):
                if place not in stack:
                    self.public(place, path, (*features, *self._features(place.definition)), (*stack, place), own)
            else:
                for member in place.members:
                    if member.kind == "variant":
                        self.put(f"{path}::{member.name}", member, features, True)

    def _other_crate(self, one: Import, module: SourceModule, path: str, depth: int = 0) -> None:
        """Note a re-export whose path leads out of the crate, also by way of an import: `use http; pub use http::Uri;`."""
        if one.path[0] in ("crate", "self", "super", "std", "core", "alloc") or depth > 2:
            return
        target = one.path
        for other in module.imports:
            if other.name == one.path[0] and other.path != one.path and other.path[0] not in ("crate", "self", "super"):
                target = (*other.path, *one.path[1:])
                break
        if not self.found.full:
            self.found.exports[CrateExport(path if one.name == "*" else f"{path}::{one.name}", "::".join(target), one.name == "*")] = None

    def private(self, module: SourceModule) -> None:
        """List the rest of an own crate, under the paths of the definitions."""
        path = "::".join(module.path)
        for name, definitions in module.definitions.items():
            for one in definitions:
                self.put(f"{path}::{name if one.name == name else one.name}", one, (), False, own=True)
        for name, below in module.modules.items():
            about = below.definition
            self.found.add(f"{path}::{name}", about, about.above.docs, self._features(about), False)
            self.private(below)
