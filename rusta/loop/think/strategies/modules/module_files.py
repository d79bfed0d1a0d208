"""The modules of a crate by their files: what each `mod` declares, and which file is where a module would be.

`mod x;` is followed as the compiler does, in a state of the search, which may not be on the disk. Declarations are read
whatever their `cfg`.

Source: The Rust Reference, "Modules". Not covered: a `mod` that a macro writes, and `#[path]` on an inline module.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Span
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import own_indent
from rusta.tools.toml_text import TomlText

DEEPEST = 24  # modules within modules
PATHS = {"scoped_identifier", "scoped_type_identifier"}
FOLDERS = ("tests", "examples", "benches", "src/bin")
Names = tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """One `mod` item: the file it is written in and its node. `file` is its own file, "" for an inline module."""

    inside: str
    node: Any
    file: str


class CrateModules:
    """The modules of the crate whose root is a file. `files` has each file's module, `declared` each module's item."""

    def __init__(self, situation: Situation, root: str, folder: str, name: str) -> None:
        self.situation, self.root, self.folder, self.name = situation, root, folder, name
        self.files: dict[str, Names] = {root: ()}
        self.declared: dict[Names, list[Declared]] = {}
        known = set(situation.files)
        todo: list[tuple[str, Names]] = [(root, ())]
        while todo:
            path, names = todo.pop()
            code = situation.code(path)
            if code is None:
                continue
            for node, within in _mods(code.root, code, names):
                module = (*within, _name(node, code))
                file = ""
                if node.child_by_field_name("body") is None and len(module) < DEEPEST:
                    places = [said] if (said := _path(node, code, path)) else self.places(path, names, module)
                    file = next((one for one in places if one in known), "")
                self.declared.setdefault(module, []).append(Declared(path, node, file))
                if file and file not in self.files:
                    self.files[file] = module
                    todo.append((file, module))

    def places(self, path: str, names: Names, module: Names) -> list[str]:
        """Return where the file of a module may be that is declared in the file `path` of the module `names`."""
        base = posixpath.dirname(path)
        if path != self.root and posixpath.basename(path) != "mod.rs":
            base = posixpath.join(base, posixpath.basename(path).removesuffix(".rs"))
        at = posixpath.join(base, *module[len(names) :])
        return [f"{at}.rs", f"{at}/mod.rs"]

    def file_of(self, module: Names) -> tuple[str, Names] | None:
        """Return the file that a module's items are written in, and the module of that file."""
        for depth in range(len(module), -1, -1):
            found = next((path for path, names in self.files.items() if names == module[:depth]), None)
            if found is not None:
                return found, module[:depth]
        return None

    def exists(self, module: Names) -> bool:
        """Return whether there is such a module."""
        return not module or module in self.declared

    def at(self, path: str, code: Statements, start: int) -> Names:
        """Return the module of a place in one of its files."""
        names, node, inner = self.files[path], code.node(start, start), []
        while node is not None:
            if node.type == "mod_item" and node.child_by_field_name("body") is not None:
                inner.append(_name(node, code))
            node = node.parent
        return (*names, *reversed(inner))

    @cached_property
    def loose(self) -> list[str]:
        """Files below the root's folder that no crate of the package declares, and that are no root."""
        base = posixpath.dirname(self.root)
        taken = {path for crate in crates_of(self.situation, self.folder) for path in crate.files}
        inside = (
            path for path in self.situation.files if path.endswith(".rs") and posixpath.dirname(path).startswith(base)
        )
        return [path for path in inside if path not in taken and package_of(self.situation, path) == self.folder]

    def declaration(self, module: Names, visible: str) -> tuple[str, Rewrite] | None:
        """Return the file and the edit that declare a module behind the other declarations of its parent."""
        found = self.file_of(module[:-1])
        code = self.situation.code(found[0]) if found else None
        if found is None or code is None:
            return None
        body, row = code.root, f"{visible}{' ' if visible else ''}mod {module[-1]};"
        if found[1] != module[:-1]:
            inline = next((one for one in self.declared.get(module[:-1], []) if not one.file), None)
            body = inline.node.child_by_field_name("body") if inline else None
        if body is None:
            return None
        mods = [
            one for one in body.named_children if one.type == "mod_item" and one.child_by_field_name("body") is None
        ]
        names = [_name(one, code) for one in mods]
        later = [one for one in mods if _name(one, code) > module[-1]] if names == sorted(names) else []
        if later:
            return found[0], code.before(top(later[0], code), row)
        if mods:
            return found[0], Rewrite(mods[-1].end_byte, mods[-1].end_byte, f"\n{own_indent(code, mods[-1])}{row}")
        first = next((one for one in body.named_children if not _inner(one, code)), None)
        if first is not None:
            return found[0], Rewrite(first.start_byte, first.start_byte, f"{row}\n\n{own_indent(code, first)}")
        end = body.end_byte - (1 if body.type == "declaration_list" else 0)
        return found[0], Rewrite(end, end, f"{row}\n")


class PackageCrates(dict[str, list[CrateModules]]):
    """The crates of each package by its folder (`crates_of`), read when they are first asked for."""

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self.situation = situation

    def __missing__(self, folder: str) -> list[CrateModules]:
        self[folder] = crates_of(self.situation, folder)
        return self[folder]


def crates_of(situation: Situation, folder: str) -> list[CrateModules]:
    """Return the crates of the package in a folder: its library first, then its programs, tests, examples and benches."""
    text = TomlText(situation.read(posixpath.join(folder, "Cargo.toml")) or b"")
    name = text.string("package", "name") or ""
    roots = {text.string("lib", "path") or "src/lib.rs": text.string("lib", "name") or name.replace("-", "_")}
    roots["src/main.rs"] = name
    for kind in ("bin", "test", "example", "bench"):
        for at in text.under(kind):
            if path := text.string(kind, at, "path"):
                roots.setdefault(path, text.string(kind, at, "name") or "")
    for path in situation.files:
        inside = posixpath.relpath(path, folder) if folder else path
        above = posixpath.dirname(inside)
        if (above in FOLDERS and inside.endswith(".rs")) or (
            posixpath.dirname(above) in FOLDERS and posixpath.basename(inside) == "main.rs"
        ):
            roots.setdefault(inside, "")
    whole = {posixpath.normpath(posixpath.join(folder, root)): named for root, named in roots.items()}
    return [CrateModules(situation, root, folder, named) for root, named in whole.items() if root in situation.files]


def package_of(situation: Situation, path: str) -> str:
    """Return the folder of the package that a file belongs to: the nearest with a manifest."""
    folder = posixpath.dirname(path)
    while folder and posixpath.join(folder, "Cargo.toml") not in situation.files:
        folder = posixpath.dirname(folder)
    return folder


def named_in(span: Span, wanted: str, code: Statements) -> Any:
    """Return the node of a name in a span that may hold a whole path, `a::name as b`; None where it is not there."""
    told = code.source[span.start : span.end]
    found = list(re.finditer(rb"\b" + re.escape(wanted).encode() + rb"\b", told))
    return code.node(span.start + found[-1].start(), span.start + found[-1].end()) if found else None


def qualifier(node: Any, code: Statements) -> list[str]:
    """Return the segments before a name in its path: of `use a::{b::c}` and of `a::b::c` they are `a` and `b` for `c`."""
    said: list[str] = []
    while node.parent is not None and node.parent.type not in ("use_declaration", "block", "source_file"):
        above = node.parent
        path = above.child_by_field_name("path")
        if path is not None and (
            (above.type in PATHS and above.child_by_field_name("name") == node)
            or (above.type == "scoped_use_list" and above.child_by_field_name("list") == node)
        ):
            said = [part.strip() for part in code.text(path).split("::")] + said
        elif above.type not in {*PATHS, "use_list", "use_as_clause", "use_wildcard", "scoped_use_list"}:
            break
        node = above
    return said


def module_led_to(segments: list[str], here: Names) -> Names | None:
    """Return the module that `crate`, `self` and `super` lead to from a module; None for a path of another form."""
    if not segments:
        return None
    first, *rest = segments
    if first in ("crate", "$crate"):
        base: Names = ()
    elif first == "self":
        base = here
    elif first == "super" and here:
        base = here[:-1]
        while rest and rest[0] == "super" and base:
            base, rest = base[:-1], rest[1:]
    else:
        return None
    return (*base, *rest)


def top(node: Any, code: Statements) -> Any:
    """Return the first of the attributes and comments that touch an item from above, or the item."""
    above = node.prev_sibling
    while above is not None and above.type in ("attribute_item", "line_comment", "block_comment"):
        gap = code.source[above.end_byte : node.start_byte]
        if code.text(above).startswith(("//!", "/*!")) or gap.count(b"\n") + code.text(above).count("\n") > 1:
            break
        node, above = above, above.prev_sibling
    return node


def _mods(body: Any, code: Statements, names: Names) -> Iterator[tuple[Any, Names]]:
    """Yield each `mod` item of a file with the module it is written in."""
    todo = [(body, names)]
    while todo:
        at, within = todo.pop()
        for node in at.named_children:
            if node.type == "mod_item" and node.child_by_field_name("name") is not None:
                yield node, within
                inner = node.child_by_field_name("body")
                if inner is not None and len(within) < DEEPEST:
                    todo.append((inner, (*within, _name(node, code))))


def _name(node: Any, code: Statements) -> str:
    return code.text(node.child_by_field_name("name")).removeprefix("r#")


def _path(node: Any, code: Statements, file: str) -> str:
    """Return the file that a `#[path = "…"]` above a `mod` names, or ""."""
    at = node.prev_sibling
    while at is not None and at.type == "attribute_item":
        if found := re.match(r'#\[\s*path\s*=\s*"([^"]+)"', code.text(at)):
            return posixpath.normpath(posixpath.join(posixpath.dirname(file), found[1]))
        at = at.prev_sibling
    return ""


def _inner(node: Any, code: Statements) -> bool:
    """Return whether a node belongs to the module around it: `#![…]`, `//!`, `extern crate`, or a plain comment."""
    return node.type in ("inner_attribute_item", "extern_crate_declaration") or (
        node.type in ("line_comment", "block_comment") and not code.text(node).startswith(("///", "/**"))
    )
