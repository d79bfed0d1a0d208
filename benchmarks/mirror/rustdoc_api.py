"""The public API of a crate as rustdoc tells it in JSON, in the form that `rusta.mirror.api` has: what the reader is measured beside.

The listing is made from rustdoc's types and not from text, so that the two have nothing in common but what is left out of a shape
(names of parameters, where a bound stands) and how an implementation is called.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.mirror.api import CrateApi, PublicItem, path_rank
from rusta.mirror.item_shapes import without_lifetimes
from rusta.mirror.name_meanings import PRELUDE

FORMATS = range(45, 70)  # of rustdoc's JSON that this was written for
KINDS = {
    "module": "module", "struct": "struct", "enum": "enum", "union": "union", "trait": "trait", "function": "fn",
    "constant": "constant", "static": "static", "type_alias": "type", "macro": "macro", "variant": "variant",
    "struct_field": "field", "assoc_const": "constant", "assoc_type": "type", "trait_alias": "trait",
}  # fmt: skip
SPACE = re.compile(r"(?<!\w) | (?![\w'])")  # that says nothing
Node = Mapping[str, Any]


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
    seen: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

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
        names = _Types(self, {})
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

    def member(self, one: Node, path: str, names: "_Types", before: str, of_trait: bool) -> None:
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
        names = _Types(self, {}, public=True).within(said["generics"])
        inner = _Types(self, {}).within(said["generics"])
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


@dataclass
class _Types:
    """rustdoc's types as text. `public`: items of the crate by their shortest public path, those of others by their name."""

    of: _Told
    own: dict[str, str]
    public: bool = False
    private: list[int] = field(default_factory=list)  # items of the crate without a public path that were met

    def within(self, generics: Node) -> "_Types":
        own = dict(self.own)
        for one in generics["params"]:
            if not (one["kind"].get("type") or {}).get("is_synthetic"):
                mark = "'" if one["name"].startswith("'") else "$"
                own[one["name"]] = f"{mark}{sum(said[:1] == mark for said in own.values())}"
        return _Types(self.of, own, self.public, self.private)

    def name(self, number: int, written: str) -> str:
        summary = self.of.told["paths"].get(str(number))
        if summary is None:
            return written.rpartition("::")[2]
        if summary["crate_id"] == 0:
            public = self.of.paths.get(number)
            if public is None and summary["kind"] != "type_alias":
                self.private.append(number)
            return (public or summary["path"][-1]) if self.public else summary["path"][-1]
        path = ["std" if one in ("core", "alloc") else one for one in summary["path"][:1]] + summary["path"][1:]
        whole = "::".join(path)
        if self.public or whole in PRELUDE:
            return path[-1]
        return whole if path[0] == "std" else f"{path[0]}::{path[-1]}"  # where a crate defines it is its own affair

    def path(self, path: Node) -> str:
        return self.name(path["id"], path["path"]) + self.arguments(path["args"])

    def arguments(self, args: Node | None) -> str:
        if not args:
            return ""
        if "parenthesized" in args:
            said = args["parenthesized"]
            out = f"->{self.type(said['output'])}" if said["output"] is not None else ""
            return f"({','.join(map(self.type, said['inputs']))}){out}"
        if "angle_bracketed" not in args:
            return "(..)"
        said = args["angle_bracketed"]
        parts = [self.argument(one) for one in said["args"] if not (self.public and "lifetime" in one)]
        for one in said["constraints"]:
            binding = one["binding"]
            term = binding.get("equality")
            told = f"={self.term(term)}" if term else f":{'+'.join(map(self.bound, binding['constraint']))}"
            parts.append(f"{one['name']}{self.arguments(one['args'])}{told}")
        return f"<{','.join(parts)}>" if parts else ""

    def argument(self, one: Any) -> str:
        if one == "infer":
            return "_"
        kind, said = next(iter(one.items()))
        if kind == "lifetime":
            return self.own.get(said, said)
        return self.type(said) if kind == "type" else self.own.get(said["expr"], said["expr"])

    def term(self, term: Node) -> str:
        return self.type(term["type"]) if "type" in term else str(term["constant"]["expr"])

    def bound(self, bound: Node) -> str:
        kind, said = next(iter(bound.items()))
        if kind == "outlives":
            return self.own.get(said, said)
        if kind == "use":
            return f"use<{said}>"
        lifetimes = [one["name"] for one in said["generic_params"]]
        mark = {"none": "", "maybe": "?", "maybe_const": "~const "}[said["modifier"]]
        return f"{f'for<{chr(44).join(lifetimes)}>' if lifetimes else ''}{mark}{self.path(said['trait'])}"

    def type(self, of: Any) -> str:
        if of == "infer":
            return "_"
        kind, said = next(iter(of.items()))
        match kind:
            case "resolved_path":
                return self.path(said)
            case "generic":
                return self.own.get(said, said)
            case "primitive":
                return {"never": "!", "unit": "()"}.get(said, said)
            case "tuple":
                return f"({','.join(map(self.type, said))}{',' if len(said) == 1 else ''})"
            case "slice":
                return f"[{self.type(said)}]"
            case "array":
                return f"[{self.type(said['type'])};{self.own.get(said['len'], said['len'])}]"
            case "borrowed_ref":
                life = "" if self.public else self.own.get(said["lifetime"], said["lifetime"]) or ""
                return f"&{life}{' ' if life else ''}{'mut ' if said['is_mutable'] else ''}{self.type(said['type'])}"
            case "raw_pointer":
                return f"*{'mut' if said['is_mutable'] else 'const'} {self.type(said['type'])}"
            case "impl_trait":
                return f"impl {'+'.join(map(self.bound, said))}"
            case "dyn_trait":
                traits = [self.bound({"trait_bound": {**one, "modifier": "none"}}) for one in said["traits"]]
                life = (
                    [self.own.get(said["lifetime"], said["lifetime"])] if said["lifetime"] and not self.public else []
                )
                return "+".join([*traits, *life])
            case "qualified_path":
                if (base := self.type(said["self_type"])).startswith("$") and base[1:].isdigit():
                    return f"{base}::{said['name']}{self.arguments(said['args'])}"
                trait = self.path(said["trait"]) if said["trait"] else ""
                return f"<{self.type(said['self_type'])} as {trait}>::{said['name']}{self.arguments(said['args'])}"
            case "function_pointer":
                sig = said["sig"]
                out = f"->{self.type(sig['output'])}" if sig["output"] is not None else ""
                header = {name: value for name, value in said["header"].items() if value and value != "Rust"}
                word = "unsafe " if "is_unsafe" in header else ""
                return f"{word}fn({','.join(self.type(one) for _, one in sig['inputs'])}){out}"
        return json.dumps(of)

    def bounds(self, generics: Node) -> str:
        """Every bound by itself, wherever it stands."""
        found = set[str]()
        for one in generics["params"]:
            name, kind, said = self.own.get(one["name"], one["name"]), *next(iter(one["kind"].items()))
            if kind == "lifetime":
                found |= {f"{name}:{self.own.get(other, other)}" for other in said["outlives"]}
            elif kind == "type" and not said["is_synthetic"]:
                found |= {f"{name}:{self.bound(bound)}" for bound in said["bounds"]}
            elif kind == "const":
                found.add(f"const {name}:{self.type(said['type'])}")
        for one in generics["where_predicates"]:
            kind, said = next(iter(one.items()))
            if kind == "bound_predicate":
                lifetimes = ",".join(life["name"] for life in said["generic_params"])
                found |= {f"for<{lifetimes}>{self.type(said['type'])}:{self.bound(bound)}" for bound in said["bounds"]}
            elif kind == "lifetime_predicate":
                name = self.own.get(said["lifetime"], said["lifetime"])
                found |= {f"{name}:{self.own.get(other, other)}" for other in said["outlives"]}
            else:
                found.add(json.dumps(said))
        return ";".join(sorted(one.removeprefix("for<>") for one in found))

    def parameters(self, generics: Node) -> str:
        found = list[str]()
        for one in generics["params"]:
            kind, said = next(iter(one["kind"].items()))
            if kind == "type" and said["is_synthetic"]:
                continue
            default = said.get("default")
            told = self.type(default) if default and kind == "type" else default or ""
            found.append(f"{kind}={told}" if told else kind)
        return f"<{','.join(found)}>" if found else ""

    def fields(self, form: Any, index: Mapping[str, Node]) -> str:
        """The form of a variant."""
        if form in ("plain", "unit"):
            return ""
        if "tuple" in form:
            return f"({','.join('_' if (one := index.get(str(n))) is None else self.type(one['inner']['struct_field']) for n in form['tuple'])})"
        inner = [one for number in form["struct"]["fields"] if (one := index.get(str(number)))]
        return f"{{{sorted(one['name'] + ':' + self.type(one['inner']['struct_field']) for one in inner)}{form['struct']['has_stripped_fields']}}}"

    def shape(self, kind: str, inner: Any, generics: Node | None) -> str:
        """What is compared of an item."""
        start = f"{self.parameters(generics)} {self.bounds(generics)} " if generics and kind != "function" else ""
        match kind:
            case "function":
                within = self.within(inner["generics"])
                inputs = [
                    f"self:{within.type(of)}" if name == "self" else within.type(of) for name, of in inner["sig"]["inputs"]
                ]  # fmt: skip
                out = within.type(inner["sig"]["output"]) if inner["sig"]["output"] is not None else ""
                return f"{inner['header']} {within.parameters(inner['generics'])} {inputs} {out} {within.bounds(inner['generics'])}"
            case "struct":
                form = inner["kind"]
                if form == "unit":
                    return f"{start}unit"
                if "tuple" in form:
                    return f"{start}tuple {['_' if one is None else 'pub' for one in form['tuple']]}"
                return f"{start}plain {form['plain']['has_stripped_fields']}"
            case "trait":
                return f"{start}{inner['is_unsafe']} {sorted(map(self.bound, inner['bounds']))}"
            case "type_alias":
                return start + self.type(inner["type"])
            case "constant" | "static" | "assoc_const":
                return f"{self.type(inner['type'])} {inner.get('is_mutable')}"
            case "assoc_type":
                default = self.type(inner["type"]) if inner["type"] else ""
                return f"{start}{sorted(map(self.bound, inner['bounds']))} {default}"
            case "macro":
                return macro_rules(inner)
        return start


def macro_rules(said: str) -> str:
    """The rules of a macro by what they take, as rustdoc shows them."""
    return " ".join(said.split())


def listed(api: CrateApi, kinds: Sequence[str]) -> Iterator[PublicItem]:
    """The items of some kinds."""
    yield from (one for one in api.items if one.kind in kinds)
