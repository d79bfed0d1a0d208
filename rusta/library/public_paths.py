"""Under which paths the items of one target are reached: names, imports, re-exports and globs are followed, nothing is compiled.

Source: The Rust Reference, "Use declarations" and "Name resolution". Each step counts, since imports may run in circles and multiply.
Not covered: names that come by a glob out of another crate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from rusta.library.item_docs import Above
from rusta.library.module_items import Definition, Import, SourceModule
from rusta.library.module_tree import SourceTree

MOST_STEPS = 2_000_000  # of following names, for a target; the largest crates of the registry take a tenth
DEEPEST_EXPORT = 12  # re-exports on the way to an item
DEEPEST_PATH = 24  # modules and globs on the way to an item
TYPES = ("struct", "enum", "union", "trait", "type")


Place = SourceModule | Definition


class Listing(Protocol):
    """What takes the items that are found, each under one path."""

    @property
    def full(self) -> bool:
        """Whether nothing more is taken."""
        ...

    def add(self, path: str, of: Definition, docs: str, features: tuple[str, ...], public: bool) -> None:
        """Take an item."""
        ...

    def export(self, path: str, target: tuple[str, ...], glob: bool, above: Above) -> None:
        """Take a path below which something of another crate is found."""
        ...


@dataclass
class PathResolver:
    """Follows the names of one target."""

    root: SourceModule
    tree: SourceTree
    found: Listing
    steps: int = 0
    globs: int = 0  # on the way to what is being listed: a name that is told explicitly shadows one that a glob brings
    _known: dict[tuple[int, str, bool], tuple[Place, ...]] = field(default_factory=dict)
    _imports: dict[int, dict[str, list[Import]]] = field(default_factory=dict)
    _globs: dict[tuple[int, bool], tuple[dict[str, list[tuple[Place, bool]]], list[tuple[Place, bool]]]] = field(
        default_factory=dict
    )
    _elsewhere: dict[tuple[int, tuple[str, ...], bool], tuple[str, ...]] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)
    _listed: set[tuple[int, str]] = field(default_factory=set)

    def attach(self) -> None:
        """Give every type the methods of its `impl` blocks."""
        for module in below_and_with(self.root):
            for path, members in module.blocks:
                for owner in self.named(module, path, 0) if members else ():
                    if isinstance(owner, Definition) and owner.kind in TYPES:
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
            first = rest is path and name is path[0] and at is not self.root
            if not below and first and name not in self.imports(at):  # as in edition 2015
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
        for one in self.imports(module).get(name, ()):
            if (inside or not one.private) and not one.foreign:
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
                if one.name == "*" and (inside or not one.private) and not one.foreign:
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
        if id(module) not in self._open:  # a module that is re-exported inside of itself
            self._open.add(id(module))
            self.public(module, path, features, depth + 1)
            self._open.discard(id(module))

    def _import(self, one: Import, module: SourceModule, path: str, features: tuple[str, ...], depth: int) -> None:
        places = self.named(module, one.path, 0) if not one.foreign else ()
        types = any(isinstance(place, SourceModule) or place.kind in TYPES for place in places)
        if not types and (target := one.path if one.foreign else self.elsewhere(module, one.path)):
            glob = one.name == "*"
            self.found.export(path if glob else f"{path}::{one.name}", target, glob, one.above)
        for place in places:
            if isinstance(place, SourceModule):
                if one.name == "*":
                    self.globs += 1
                    self.public(place, path, (*features, *self._features(place.definition)), depth + 1)
                    self.globs -= 1
                elif place.definition.public:
                    self._module(place, f"{path}::{one.name}", features, depth)
            elif one.name != "*":
                self.put(f"{path}::{one.name}", place, features, True)
            else:
                for member in place.members:
                    if member.kind == "variant":
                        self.put(f"{path}::{member.name}", member, features, True)

    def elsewhere(
        self, module: SourceModule, path: tuple[str, ...], depth: int = 0, inside: bool = False
    ) -> tuple[str, ...]:
        """The path in another crate that a path leads to, also by way of imports; () for what is of this one or not found.

        `inside`: the path begins in the module, so that its first name is no crate's.
        """
        key = id(module), path, inside
        if key in self._elsewhere or depth > DEEPEST_EXPORT or self.steps > MOST_STEPS:
            return self._elsewhere.get(key, ())
        self.steps += 1
        self._elsewhere[key] = ()
        at, rest = module, path
        while rest and rest[0] in ("crate", "self", "super"):
            above = self.root if rest[0] == "crate" else at.parent if rest[0] == "super" else at
            if above is None:
                return ()
            at, rest, inside = above, rest[1:], True
        while len(rest) > 1 and rest[0] in at.modules:
            at, rest, inside = at.modules[rest[0]], rest[1:], True
        found = self._by_import(at, rest, depth) if rest else ()
        if not found and len(rest) == 1 and inside and not self.named(at, rest, 0):
            found = self._by_foreign_glob(at, rest, depth)
        if not found and rest and not inside and not self.named(at, rest[:1], 0):
            found = rest
        self._elsewhere[key] = found
        return found

    def _by_import(self, at: SourceModule, rest: tuple[str, ...], depth: int) -> tuple[str, ...]:
        for one in self.imports(at).get(rest[0], ()):
            if one.foreign:
                return (*one.path, *rest[1:])
            if one.path != rest[:1] and (found := self.elsewhere(at, (*one.path, *rest[1:]), depth + 1)):
                return found
        for one in self.imports(at).get("*", ()):
            for place in self.named(at, one.path, 0):
                other = place is not at and isinstance(place, SourceModule)
                if other and (found := self.elsewhere(place, rest, depth + 1, True)):
                    return found
        return ()

    def _by_foreign_glob(self, at: SourceModule, rest: tuple[str, ...], depth: int) -> tuple[str, ...]:
        """A name that is certainly of this module and of none of its imports, where one glob leads out of the crate."""
        globs = self.imports(at).get("*", ())
        found = [one.path if one.foreign else self.elsewhere(at, one.path, depth + 1) for one in globs]
        leads = [one for one in dict.fromkeys(found) if one]
        return (*leads[0], *rest) if len(leads) == 1 else ()

    def imports(self, module: SourceModule) -> dict[str, list[Import]]:
        """The imports of a module, by the names that they bring in."""
        if id(module) not in self._imports:
            by = self._imports[id(module)] = dict[str, list[Import]]()
            for one in module.imports:
                by.setdefault(one.name, []).append(one)
        return self._imports[id(module)]

    def rest(self) -> None:
        """List what is private in an own crate, under the paths of the definitions."""
        for module in below_and_with(self.root):
            path, about = "::".join(module.path), module.definition
            if module is not self.root:
                self.found.add(path, about, about.above.docs, self._features(about), False)
            for name, definitions in module.definitions.items():
                for one in definitions:
                    self.put(f"{path}::{name}", one, (), False, own=True)


def below_and_with(module: SourceModule) -> Iterator[SourceModule]:
    """Yield a module and all that are inside of it."""
    yield module
    for below in module.modules.values():
        yield from below_and_with(below)


def _sees(module: SourceModule, place: Place) -> bool:
    """Return whether a module is a place or inside of it, and so sees what is private there."""
    return isinstance(place, SourceModule) and module.path[: len(place.path)] == place.path
