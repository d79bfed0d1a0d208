"""The public API of a crate as rustdoc tells it in JSON, in the form that `rusta.mirror.api` has: what the reader is measured beside.

The listing is made from rustdoc's types and not from text, so that the two have nothing in common but what is left out of a shape
(names of parameters, where a bound stands) and how an implementation is called.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.mirror.rustdoc_types import Node, RustdocTypes
from rusta.mirror.api import CrateApi, PublicItem, path_rank
from rusta.mirror.item_shapes import without_lifetimes

FORMATS = range(45, 70)  # of rustdoc's JSON that this was written for
KINDS = {
    "module": "module", "struct": "struct", "enum": "enum", "union": "union", "trait": "trait", "function": "fn",
    "constant": "constant", "static": "static", "type_alias": "type", "macro": "macro", "variant": "variant",
    "struct_field": "field", "assoc_const": "constant", "assoc_type": "type", "trait_alias": "trait",
}  # fmt: skip
SPACE = re.compile(r"(?<!\w) | (?![\w'])")  # that says nothing


def rustdoc_api(file: Path) -> CrateApi:
    """Read rustdoc's JSON of a crate."""
    told = json.loads(file.read_text())
    if told["format_version"] not in FORMATS:
        raise ValueError(f"{file}: rustdoc's JSON has format {told['format_version']}")
    return _Told(told).api()


@dataclass
class _Told:
    told: Node
    items: list[PublicItem] = field(default_factory=list)
    paths: dict[int, str] = field(default_factory=dict)  # the shortest public ones

    def __post_init__(self) -> None:
        self.index: Mapping[str, Node] = self.told["index"]
        self.found: list[tuple[Node, str, int]] = []

    def api(self) -> CrateApi:
        """List everything below the root."""
        root = self.index[str(self.told["root"])]
        self.walk(root, root["name"], 0, ())
        kept = dict[tuple[str, str], int]()
        for item, path, globs in self.found:
            space = _space(item)
            kept[path, space] = min(globs, kept.get((path, space), globs))
        self.found = [one for one in self.found if one[2] == kept[one[1], _space(one[0])]]
        for item, path, _ in self.found:
            known = self.paths.get(item["id"])
            if known is None or path_rank(path) < path_rank(known):
                self.paths[item["id"]] = path
        done = set[tuple[int, str]]()
        for item, path, _ in self.found:
            if (item["id"], path) not in done:
                done.add((item["id"], path))
                self.put(item, path)
        for item in self.index.values():
            if "impl" in item["inner"] and item["crate_id"] == 0:
                self.implementation(root["name"], item)
        return CrateApi(root["name"], tuple(self.items))

    def walk(self, module: Node, path: str, globs: int, stack: tuple[int, ...]) -> None:
        """Collect what has a path below a module."""
        stack = (*stack, module["id"])
        for number in module["inner"]["module"]["items"]:
            item = self.index.get(str(number))
            if item is None:
                continue
            kind = next(iter(item["inner"]))
            if kind == "use":
                self.use(item["inner"]["use"], path, globs, stack)
            elif kind == "extern_crate":
                said = item["inner"]["extern_crate"]
                self.add("use", f"{path}::{said['rename'] or said['name']}", said["name"])
            elif kind != "impl" and item["name"]:
                self.found.append((item, f"{path}::{item['name']}", globs))
                if kind == "module":
                    self.walk(item, f"{path}::{item['name']}", globs, stack)

    def use(self, use: Node, path: str, globs: int, stack: tuple[int, ...]) -> None:
        """A re-export: of this crate what it leads to, of another one itself."""
        item = self.index.get(str(use["id"])) if use["id"] is not None else None
        summary = self.told["paths"].get(str(use["id"])) or {}
        if item is None and summary.get("crate_id") == 0:
            return  # hidden
        if item is None:
            where = "::".join(summary.get("path") or [use["source"]])
            self.add("use", f"{path}::*" if use["is_glob"] else f"{path}::{use['name']}", where)
        elif use["is_glob"]:
            if "module" in item["inner"]:
                if stack.count(item["id"]) < 2:
                    self.walk(item, path, globs + 1, stack)
            elif "enum" in item["inner"]:
                for number in item["inner"]["enum"]["variants"]:
                    if variant := self.index.get(str(number)):
                        self.found.append((variant, f"{path}::{variant['name']}", globs + 1))
        elif "use" in item["inner"]:
            self.use({**item["inner"]["use"], "name": use["name"]}, path, globs, stack)
        else:
            self.found.append((item, f"{path}::{use['name']}", globs))
            if "module" in item["inner"] and item["id"] not in stack:
                self.walk(item, f"{path}::{use['name']}", globs, stack)

    def add(
        self, kind: str, path: str, shape: str, item: Node | None = None, unsafe: bool = False, owner: str = ""
    ) -> None:
        """List one path."""
        deprecated, marks = "", tuple[str, ...]()
        if item is not None:
            if said := item["deprecation"]:
                deprecated = f"{said['since']} {said['note']}"
            names = [one if isinstance(one, str) else next(iter(one)) for one in item["attrs"]]
            marks = tuple(sorted(one for one in names if one in ("non_exhaustive", "must_use")))
        self.items.append(
            PublicItem(path, kind, "", shape, deprecated=deprecated, marks=marks, unsafe=unsafe, owner=owner)
        )

    def put(self, item: Node, path: str) -> None:
        """List an item under a path, and below it what belongs to it."""
        kind, inner = next(iter(item["inner"].items()))
        if kind == "proc_macro":
            self.add({"bang": "macro", "attr": "attribute", "derive": "derive"}[inner["kind"]], path, "", item)
            return
        if kind not in KINDS:
            return
        names = RustdocTypes(self.told["paths"], self.paths, {})
        if kind == "variant":
            self.add("variant", path, names.fields(inner["kind"], self.index), item)
            return
        generics = inner.get("generics") if isinstance(inner, dict) else None
        within = names.within(generics) if generics and kind != "function" else names
        self.add(KINDS[kind], path, within.shape(kind, inner, generics), item, _unsafe(kind, inner))
        if kind in ("struct", "union"):
            form = inner["kind"] if kind == "struct" else {"plain": inner}
            numbers = [] if form == "unit" else form["tuple"] if "tuple" in form else form["plain"]["fields"]
            for number in numbers:
                if number is not None and (one := self.index.get(str(number))):
                    self.add("field", f"{path}::{one['name']}", within.type(one["inner"]["struct_field"]), one)
        for number in inner.get("variants", ()) if kind == "enum" else ():
            if one := self.index.get(str(number)):
                self.add(
                    "variant", f"{path}::{one['name']}", within.fields(one["inner"]["variant"]["kind"], self.index), one
                )
        for number in inner["items"] if kind == "trait" else ():
            if one := self.index.get(str(number)):
                self.member(one, path, within, "", True)
        for number in inner.get("impls", ()) if isinstance(inner, dict) else ():
            block = self.index.get(str(number))
            if block and block["inner"]["impl"]["trait"] is None:
                said = block["inner"]["impl"]
                of = names.within(said["generics"])
                before = f"{of.type(said['for'])}|{of.bounds(said['generics'])}| "
                for member in said["items"]:
                    if one := self.index.get(str(member)):
                        self.member(one, path, of, before, False)

    def member(self, one: Node, path: str, names: RustdocTypes, before: str, of_trait: bool) -> None:
        """An associated item."""
        kind, inner = next(iter(one["inner"].items()))
        if of_trait:
            has = {
                "function": lambda: inner["has_body"],
                "assoc_const": lambda: inner["value"],
                "assoc_type": lambda: inner["type"],
            }[kind]()
            before = "provided " if has else "required "
        generics = inner.get("generics") if kind == "assoc_type" else None
        within = names.within(generics) if generics else names
        shape = before + within.shape(kind, inner, generics)
        self.add(
            "method" if kind == "function" else KINDS[kind], f"{path}::{one['name']}", shape, one, _unsafe(kind, inner)
        )

    def implementation(self, crate: str, item: Node) -> None:
        """An implementation of a trait, if trait and type have a public path."""
        said = item["inner"]["impl"]
        if said["trait"] is None or said["is_synthetic"] or said["blanket_impl"] is not None:
            return
        names = RustdocTypes(self.told["paths"], self.paths, {}, public=True).within(said["generics"])
        inner = RustdocTypes(self.told["paths"], self.paths, {}).within(said["generics"])
        mark = "!" if said["is_negative"] else ""
        path = f"{mark}{names.path(said['trait'])} for {names.type(said['for'])}"
        private = [*names.private]  # those that only associated types name do not hide it
        types = [
            f"{one['name']}={inner.type(one['inner']['assoc_type']['type'])}" for number in said["items"]
            if (one := self.index.get(str(number))) and "assoc_type" in one["inner"]
        ]  # fmt: skip
        if private:
            return
        path = f"{crate}: impl {'{} for {}'.format(*(without_lifetimes(SPACE.sub('', one)) for one in path.split(' for ', 1)))}"
        shape = f"{said['is_unsafe']} {inner.path(said['trait'])} {inner.bounds(said['generics'])} {sorted(types)}"
        self.add("impl", path, shape, None, said["is_unsafe"])


def _space(item: Node) -> str:
    kind = next(iter(item["inner"]))
    return (
        "value"
        if kind in ("function", "constant", "static")
        else "macro"
        if kind in ("macro", "proc_macro")
        else "type"
    )


def _unsafe(kind: str, inner: Any) -> bool:
    return bool(inner["header"]["is_unsafe"]) if kind == "function" else kind == "trait" and bool(inner["is_unsafe"])
