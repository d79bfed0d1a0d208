"""The shape of each kind of item, and the trait implementations of a crate, written ones and derived ones.

A derive is taken for the implementation that rustc writes for it: each type parameter, and each projection of one that a field has,
is bounded by the trait. Sources: The Rust Reference, "Derive"; rustdoc for which implementations are listed: those of traits and types
that have a public path.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rusta.library.module_items import Definition, SourceModule, TraitBlock
from rusta.library.public_paths import below_and_with
from rusta.mirror.item_shapes import (
    FieldShapes,
    ItemHead,
    NameScope,
    declared,
    fields,
    first_mark,
    function_shape,
    head,
    matchers,
    predicates,
    rust_tokens,
    split_at,
    without_lifetimes,
)
from rusta.mirror.name_meanings import NameMeanings

KEYWORDS = {"constant": "const", "fn": "fn", "method": "fn"}
DERIVE = re.compile(r"#\[\s*derive\s*\((.*)\)\s*\]\s*\Z", re.DOTALL)
DERIVED = {"Debug": "::std::fmt::Debug", "Hash": "::std::hash::Hash"} | {
    name: name for name in ("Clone", "Copy", "Default", "Eq", "Ord", "PartialEq", "PartialOrd")
}
OF_CRATES = {"Serialize": "", "Deserialize": "'de"}  # by serde's macros, with the lifetime of the trait
MOST_DERIVES = 100  # of an item


@dataclass
class ItemShapes:
    """Makes shapes for the items of one target; what belongs to an item is read once."""

    meanings: NameMeanings
    unread: dict[str, int]
    _blocks: dict[tuple[int, str], tuple[str, NameScope]] = field(default_factory=dict)
    _owners: dict[int, NameScope] = field(default_factory=dict)

    def shape(self, one: Definition, owner: Definition | None = None) -> str:
        """What of an item is compared. `owner` is the type or the trait that it belongs to."""
        names, before = self._around(one, owner)
        if one.kind in ("module", "crate", "derive", "attribute"):
            return ""
        of = rust_tokens(one.text)
        if owner is not None and owner.kind == "trait":
            before = "provided " if one.provided or (one.kind == "type" and "=" in of) else "required "
        if one.kind in ("fn", "method"):
            return before + function_shape(of, names)
        if one.kind == "macro":
            return matchers(of) if of[:1] == ["macro_rules"] else ""
        if one.kind == "field":
            colon = first_mark(of, (":",))
            return names.said(of[colon + 1 :])
        if one.kind == "variant":
            return _told(fields(of[: first_mark(of, ("=",))], names, visible=True))
        return before + self._headed(one, of, names)

    def _headed(self, one: Definition, of: list[str], names: NameScope) -> str:
        said = head([token for token in of if token != "mut"] if one.kind == "static" else of, keyword(one))
        inner = names.within(said.generics)
        bounds = ";".join(predicates(said.generics, said.where, inner))
        rest, start = [*said.rest, *said.after], declared(said.generics, inner)
        match one.kind:
            case "struct" | "union":
                has = self.fields(one, said, inner)
                shown = ",".join(
                    "_" if name in has.private else "pub" for name in sorted({*dict(has.public), *has.private})
                )
                form = f"tuple({shown})" if has.form == "tuple" else f"{has.form}{' private' if has.private else ''}"
                return f"{start}{form}|{bounds}"
            case "trait":
                above = sorted(inner.said(part) for part in split_at(rest[1:], "+")) if rest[:1] == [":"] else []
                word = "unsafe " if "unsafe" in said.before else ""
                return f"{word}{start}:{'+'.join(above)}|{bounds}"
            case "type":
                body = [token for token in rest if token != ";"]
                equal = first_mark(body, ("=",))
                above = sorted(inner.said(part) for part in split_at(body[1:equal], "+")) if body[:1] == [":"] else []
                return f"{start}:{'+'.join(above)}={inner.said(body[equal + 1 :])}|{bounds}"
            case "constant" | "static":
                word = "mut " if one.kind == "static" and "mut" in of[:4] else ""
                return word + inner.said(rest[1 : first_mark(rest, ("=", ";"), 1)])
        return f"{start}|{bounds}"

    def fields(self, one: Definition, said: ItemHead, names: NameScope) -> FieldShapes:
        """The fields of a struct; of one with names those that were listed, without what a `cfg` takes out."""
        written = fields([*said.rest, *said.after], names)
        if written.form != "plain":
            return written
        public = tuple(
            (member.name, "")
            for member in one.members
            if member.kind == "field" and member.public and not member.above.hidden
        )
        shown = dict(public)
        private = tuple(member.name for member in one.members if member.kind == "field" and member.name not in shown)
        return FieldShapes("plain", public, private)

    def tuple_fields(self, one: Definition) -> Iterator[tuple[str, str]]:
        """The public fields of a tuple struct, by number."""
        of = rust_tokens(one.text)
        said = head(of, "struct")
        if (rest := [*said.rest, *said.after])[:1] == ["("]:
            yield from fields(rest, self.meanings.within(one.home).within(said.generics)).public

    def _around(self, one: Definition, owner: Definition | None) -> tuple[NameScope, str]:
        """The names that an item's text may use, and what is told of the `impl` that it stands in."""
        if one.block:
            key = id(one.home), one.block
            if key not in self._blocks:
                said = head(rust_tokens(one.block), "impl")
                names = self.meanings.within(one.home).within(said.generics)
                bounds = ";".join(predicates(said.generics, said.where, names))
                self._blocks[key] = f"{names.said(said.rest)}|{bounds}| ", names
            before, names = self._blocks[key]
            return names, before
        if owner is None:
            return self.meanings.within(one.home), ""
        if id(owner) not in self._owners:
            generics = head(rust_tokens(owner.text), keyword(owner)).generics
            self._owners[id(owner)] = self.meanings.within(owner.home).within(generics)
        return self._owners[id(owner)], ""

    def implementations(
        self, root: SourceModule, listed: Mapping[int, Definition]
    ) -> Iterator[tuple[TraitBlock, str, str, str]]:
        """Each trait implementation that is public: its block, which it is, its shape, and the path of the type."""
        for module in below_and_with(root):
            for block in module.traits:
                yield from self._implementation(block)
        for one in listed.values():
            if one.kind in ("struct", "enum", "union") and one.home is not None:
                for block in self._derives(one, one.home):
                    yield from self._implementation(block)

    def _implementation(self, block: TraitBlock) -> Iterator[tuple[TraitBlock, str, str, str]]:
        of = rust_tokens(block.text)
        if "$" in of:  # in a macro that was not expanded
            self.unread["impl in a macro"] = self.unread.get("impl in a macro", 0) + 1
            return
        said = head(of, "impl")
        at = first_mark(said.rest, ("for",))
        while said.rest[at + 1 : at + 2] == ["<"] and at < len(said.rest):  # `for<'a>`
            at = first_mark(said.rest, ("for",), at + 1)
        trait, type_ = [token for token in said.rest[:at] if token != "const"], said.rest[at + 1 :]
        own = {one.name for one in said.generics}
        owner, public = self._outer(type_, block.home, own), self.meanings.public
        if owner is not None and owner.kind != "type" and id(owner) not in public:
            return
        names, seen = self.meanings.paths(block.home)
        names = names.within(said.generics)
        told = names.said(trait)
        counted = len(seen)
        name = names.said(type_)
        seen = seen[: counted if owner is not None else None]  # of a type of another crate its arguments count
        if not told or not name or any(one.kind != "type" and id(one) not in public for one in seen):
            return
        inner = self.meanings.within(block.home).within(said.generics)
        types = sorted(_assigned(one, inner) for one in block.types)
        bounds = ";".join(predicates(said.generics, said.where, inner))
        word = "unsafe " if "unsafe" in said.before else ""
        shape = f"{word}{inner.said(trait)}|{bounds}|{';'.join(types)}"
        yield block, without_lifetimes(f"impl {told} for {name}"), shape, self.meanings.public.get(id(owner), "")

    def _outer(self, type_: list[str], module: SourceModule, own: set[str]) -> Definition | None:
        """The item of this crate that a type is, also behind a reference."""
        at = 0
        while at < len(type_) and (type_[at] in ("&", "mut") or type_[at].startswith("'")):
            at += 1
        path = tuple(token for token in type_[at : first_mark(type_, ("<",), at)] if token != "::")
        return None if not path or path[0] in own else self.meanings.item(module, path)[1]

    def _derives(self, one: Definition, home: SourceModule) -> Iterator[TraitBlock]:
        for attribute in one.above.attributes:
            if found := DERIVE.match(attribute):
                for path in split_at(rust_tokens(found[1]), ",")[:MOST_DERIVES]:
                    name = path[-1]
                    if name in DERIVED or name in OF_CRATES:
                        yield _derived(one, home, DERIVED.get(name, f"::serde::{name}"), OF_CRATES.get(name, ""))
                    else:
                        self.unread[f"derive {name}"] = self.unread.get(f"derive {name}", 0) + 1
                    if name == "PartialEq":
                        yield _derived(one, home, "::std::marker::StructuralPartialEq", "", False)


def keyword(one: Definition) -> str:
    """The keyword that an item's head begins with."""
    return KEYWORDS.get(one.kind, one.kind)


def _told(has: FieldShapes) -> str:
    if has.form == "tuple":
        return f"({','.join(said for _, said in has.public)})"
    return f"{{{','.join(sorted(f'{name}:{said}' for name, said in has.public))}}}" if has.form == "plain" else ""


def _assigned(text: str, names: NameScope) -> str:
    """An associated type of an implementation: `Item=T`."""
    said = head(rust_tokens(text), "type")
    inner = names.within(said.generics)
    body = [token for token in (*said.rest, *said.after) if token != ";"]
    return f"{said.name}={inner.said(body[first_mark(body, ('=',)) + 1 :])}"


def _derived(one: Definition, home: SourceModule, trait: str, lifetime: str, bounded: bool = True) -> TraitBlock:
    """The implementation that a derive stands for."""
    of = rust_tokens(one.text)
    said = head(of, keyword(one))
    parameters = [lifetime] if lifetime else []
    for generic in said.generics:
        bounds = " ".join(generic.bounds)
        if generic.kind == "type" and bounded:
            bounds = f"{bounds} + {trait}" if bounds else trait
        parameters.append(f"{'const ' if generic.kind == 'const' else ''}{generic.name}: {bounds}")
    types = {generic.name for generic in said.generics if generic.kind == "type"} if bounded else ()
    projected = {
        f"{of[at]}::{of[at + 2]}: {trait}" for at in range(len(of) - 2)
        if of[at] in types and of[at + 1] == "::" and of[at - 1] != "::"
    }  # fmt: skip
    where = [" ".join(part) for part in said.where] + sorted(projected)
    names = ", ".join(generic.name for generic in said.generics)
    text = f"impl<{', '.join(parameters)}> {trait}{f'<{lifetime}>' if lifetime else ''} for {one.name}<{names}>"
    text = text.replace("impl<>", "impl").removesuffix("<>") + (f" where {', '.join(where)}" if where else "")
    return TraitBlock(text, (), one.above, one.file, one.line, home)
