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

from rusta.library.module_tree import LARGEST_FILE, Definition, Import, SourceModule, SourceTree
from rusta.library.source_files import SourceFiles
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

MOST_ITEMS = 100_000  # paths of a crate
MOST_STEPS = 2_000_000  # of following names, for a target; the largest crates of the registry take a tenth
DEEPEST_EXPORT = 12  # re-exports on the way to an item
DEEPEST_PATH = 24  # modules and globs on the way to an item
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
    unread: int = 0  # macro calls whose items were not read


def crate_contents(crate: SourceFiles, own: bool = False) -> CrateContents:
    """Read the library of the crate whose files these are; `own` adds its binaries and what is private."""
    manifest = parse_toml(crate.read("Cargo.toml", LARGEST_TOML) or b"") or {}
    tree = SourceTree(crate, private=own)
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


def _targets(crate: SourceFiles, manifest: dict[str, Any], own: bool) -> Iterator[tuple[str, str]]:
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

    @property
    def full(self) -> bool:
        return len(self.items) >= MOST_ITEMS or len(self.exports) >= MOST_ITEMS


Place = SourceModule | Definition


@dataclass
class _Resolver:
    """Follows the names of one target. Each step counts, since imports may run in circles and multiply."""

    root: SourceModule
    tree: SourceTree
    found: _Found
    steps: int = 0
    _known: dict[tuple[int, str, bool], tuple[Place, ...]] = field(default_factory=dict)
    _imports: dict[int, dict[str, list[Import]]] = field(default_factory=dict)
    _globs: dict[tuple[int, bool], tuple[dict[str, list[tuple[Place, bool]]], list[tuple[Place, bool]]]] = field(
        default_factory=dict
    )
    _listed: set[tuple[int, str]] = field(default_factory=set)

    def attach(self) -> None:
        """Give every type the methods of its `impl` blocks."""
        for module in _below_and_with(self.root):
            for path, members in module.blocks:
                for owner in self.named(module, path, 0) if members else ():
                    if isinstance(owner, Definition):
                        owner.members += members
                        break

    def named(self, module: SourceModule, path: tuple[str, ...], depth: int) -> tuple[Place, ...]:
        """What a path means in a module; () for what is not of this crate, and where too many re-exports stand between."""
        if not path or depth > DEEPEST_EXPORT:
            return ()
        at, rest = module, path
        while rest and rest[0] in ("crate", "self", "super"):
            above = self.root if rest[0] == "crate" else at.parent if rest[0] == "super" else at
            if above is None:
                return ()
            at, rest = above, rest[1:]
        places: tuple[Place, ...] = (at,)
        for name in rest:
            below = tuple(one for place in places for one in self._below(place, name, _sees(module, place), depth))
            if not below and rest is path and name is path[0] and at is not self.root:  # as in edition 2015
                below = self._in(self.root, name, True, depth)
            places = below
        return places

    def _below(self, place: Place, name: str, inside: bool, depth: int) -> tuple[Place, ...]:
        if isinstance(place, SourceModule):
            return self._in(place, name, inside, depth)
        return tuple(one for one in place.members if one.kind == "variant" and one.name == name)

    def _in(self, module: SourceModule, name: str, inside: bool, depth: int) -> tuple[Place, ...]:
        """What a module calls `name`: defined there, imported there, or of a glob there. `inside`: private imports count."""
        key = id(module), name, inside
        self.steps += 1
        if key in self._known or self.steps > MOST_STEPS:
            return self._known.get(key, ())
        found = list[Place](module.definitions.get(name, ()))
        if name in module.modules:
            found.append(module.modules[name])
        if module is self.root:
            found += [macro for macro in self.tree.exported if macro.name == name]
        self._known[key] = tuple(found)  # while imports are searched, which may run in a circle
        if id(module) not in self._imports:
            by = self._imports[id(module)] = dict[str, list[Import]]()
            for one in module.imports:
                by.setdefault(one.name, []).append(one)
        for one in self._imports[id(module)].get(name, ()):
            if inside or not one.private:
                found += self.named(module, one.path, depth + 1)
        if not found:
            by_name, others = self._of_globs(module, inside, depth)
            for place, sees in (*by_name.get(name, ()), *others):
                found += self._below(place, name, sees, depth + 1)
        self._known[key] = tuple(dict.fromkeys(found))
        return self._known[key]

    def _of_globs(self, module: SourceModule, inside: bool, depth: int) -> Any:
        """The places that globs of a module lead to, by the names that are found there, and those with globs of their own."""
        key = id(module), inside
        if key not in self._globs:
            by_name, others = dict[str, list[tuple[Place, bool]]](), list[tuple[Place, bool]]()
            self._globs[key] = {}, []
            for one in module.imports:
                if one.name == "*" and (inside or not one.private):
                    for place in self.named(module, one.path, depth + 1):
                        sees = _sees(module, place)
                        if isinstance(place, SourceModule):
                            imports = [of for of in place.imports if sees or not of.private]
                            names = {*place.definitions, *place.modules, *(of.name for of in imports)}
                            if "*" in names or place is self.root:
                                others.append((place, sees))
                                continue
                        else:
                            names = {member.name for member in place.members if member.kind == "variant"}
                        self.steps += len(names)
                        for name in names if self.steps < MOST_STEPS else ():
                            by_name.setdefault(name, []).append((place, sees))
            self._globs[key] = by_name, others
        return self._globs[key]

    def _features(self, of: Definition | Import) -> tuple[str, ...]:
        return of.above.features

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

    def public(self, module: SourceModule, path: str, features: tuple[str, ...], depth: int) -> None:
        """List what other crates can name below a module, under the path they do it by."""
        self.steps += 1
        if self.found.full or depth > DEEPEST_PATH or self.steps > MOST_STEPS or (id(module), path) in self._listed:
            return
        self._listed.add((id(module), path))
        for name, definitions in module.definitions.items():
            for one in definitions:
                if one.public and not one.above.hidden:
                    self.put(f"{path}::{name}", one, features, True)
        for name, below in module.modules.items():
            if below.definition.public and not below.definition.above.hidden:
                self._module(below, f"{path}::{name}", features, depth)
        for one in module.imports:
            if one.public and not one.above.hidden and one.name != "_":
                self._import(one, module, path, (*features, *self._features(one)), depth)

    def _module(self, module: SourceModule, path: str, features: tuple[str, ...], depth: int) -> None:
        about = module.definition
        features = (*features, *self._features(about))
        self.found.add(path, about, about.above.docs, features, True)
        self.public(module, path, features, depth + 1)

    def _import(self, one: Import, module: SourceModule, path: str, features: tuple[str, ...], depth: int) -> None:
        places = self.named(module, one.path, 0)
        if not places and not self.named(module, one.path[:1], 0):
            self._other_crate(one, module, path)
        for place in places:
            if isinstance(place, SourceModule):
                if one.name == "*":
                    self.public(place, path, (*features, *self._features(place.definition)), depth + 1)
                elif place.definition.public:
                    self._module(place, f"{path}::{one.name}", features, depth)
            elif one.name != "*":
                self.put(f"{path}::{one.name}", place, features, True)
            else:
                for member in place.members:
                    if member.kind == "variant":
                        self.put(f"{path}::{member.name}", member, features, True)

    def _other_crate(self, one: Import, module: SourceModule, path: str) -> None:
        """Note a re-export whose path leads out of the crate, also by way of an import: `use http; pub use http::Uri;`."""
        target = one.path
        for other in module.imports:
            if other.name == target[0] and other.path != target:
                target = (*other.path, *target[1:])
                break
        if target[0] not in ("crate", "self", "super", "std", "core", "alloc") and not self.found.full:
            glob = one.name == "*"
            self.found.exports[CrateExport(path if glob else f"{path}::{one.name}", "::".join(target), glob)] = None

    def rest(self) -> None:
        """List what is private in an own crate, under the paths of the definitions."""
        for module in _below_and_with(self.root):
            path, about = "::".join(module.path), module.definition
            if module is not self.root:
                self.found.add(path, about, about.above.docs, self._features(about), False)
            for name, definitions in module.definitions.items():
                for one in definitions:
                    self.put(f"{path}::{name}", one, (), False, own=True)


def _below_and_with(module: SourceModule) -> Iterator[SourceModule]:
    yield module
    for below in module.modules.values():
        yield from _below_and_with(below)


def _sees(module: SourceModule, place: Place) -> bool:
    """Return whether a module is a place or inside of it, and so sees what is private there."""
    return isinstance(place, SourceModule) and module.path[: len(place.path)] == place.path
