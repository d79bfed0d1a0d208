"""The types of rustdoc's JSON as text, with generic parameters by their position."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rusta.mirror.name_meanings import PRELUDE

Node = Mapping[str, Any]


@dataclass
class RustdocTypes:
    """rustdoc's types as text. `public`: items of the crate by their shortest public path, those of others by their name."""

    paths: Mapping[str, Any]  # what the JSON tells of items by their numbers
    listed: Mapping[int, str]  # the public paths of items of the crate
    own: dict[str, str]
    public: bool = False
    private: list[int] = field(default_factory=list)  # items of the crate without a public path that were met

    def within(self, generics: Node) -> "RustdocTypes":
        """Return the types where some more generic parameters are declared."""
        own = dict(self.own)
        for one in generics["params"]:
            if not (one["kind"].get("type") or {}).get("is_synthetic"):
                mark = "'" if one["name"].startswith("'") else "$"
                own[one["name"]] = f"{mark}{sum(said[:1] == mark for said in own.values())}"
        return RustdocTypes(self.paths, self.listed, own, self.public, self.private)

    def name(self, number: int, written: str) -> str:
        """The name of an item, by its number."""
        summary = self.paths.get(str(number))
        if summary is None:
            return written.rpartition("::")[2]
        if summary["crate_id"] == 0:
            public = self.listed.get(number)
            if public is None and summary["kind"] != "type_alias":
                self.private.append(number)
            return (public or summary["path"][-1]) if self.public else summary["path"][-1]
        path = ["std" if one in ("core", "alloc") else one for one in summary["path"][:1]] + summary["path"][1:]
        whole = "::".join(path)
        if self.public or whole in PRELUDE:
            return path[-1]
        return whole if path[0] == "std" else f"{path[0]}::{path[-1]}"  # where a crate defines it is its own affair

    def path(self, path: Node) -> str:
        """A path with its arguments."""
        return self.name(path["id"], path["path"]) + self.arguments(path["args"])

    def arguments(self, args: Node | None) -> str:
        """What stands between `<` and `>`, or the inputs of `Fn`."""
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
        """One generic argument."""
        if one == "infer":
            return "_"
        kind, said = next(iter(one.items()))
        if kind == "lifetime":
            return self.own.get(said, said)
        return self.type(said) if kind == "type" else self.own.get(said["expr"], said["expr"])

    def term(self, term: Node) -> str:
        """What an associated item is equal to."""
        return self.type(term["type"]) if "type" in term else str(term["constant"]["expr"])

    def bound(self, bound: Node) -> str:
        """One bound."""
        kind, said = next(iter(bound.items()))
        if kind == "outlives":
            return self.own.get(said, said)
        if kind == "use":
            return f"use<{said}>"
        lifetimes = [one["name"] for one in said["generic_params"]]
        mark = {"none": "", "maybe": "?", "maybe_const": "~const "}[said["modifier"]]
        return f"{f'for<{chr(44).join(lifetimes)}>' if lifetimes else ''}{mark}{self.path(said['trait'])}"

    def type(self, of: Any) -> str:
        """A type."""
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
        """The kinds and defaults of generic parameters."""
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
            told = [
                "_" if (one := index.get(str(n))) is None else self.type(one["inner"]["struct_field"])
                for n in form["tuple"]
            ]
            return f"({','.join(told)})"
        inner = [one for number in form["struct"]["fields"] if (one := index.get(str(number)))]
        told = sorted(f"{one['name']}:{self.type(one['inner']['struct_field'])}" for one in inner)
        return f"{{{told}{form['struct']['has_stripped_fields']}}}"

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
                return " ".join(inner.split())
        return start
