"""Whether std, the language and its tools have a name, by the index of their documentation.

A member of a type is looked up as `names.resolve_name` does it, and through supertraits, aliases, and the traits of `std::os`. What
the index cannot say is None: `std::arch`, private modules, and what only Deref to a type's parameter gives.
"""

import re
from dataclasses import replace
from functools import cached_property

from rusta.library.index import Library
from rusta.library.names import TYPES, resolve_name
from rusta.library.passages import StdItem

ROOTS = ("std", "core", "alloc")
# Modules whose pages the index leaves out, that are private, that only re-export, or that differ between systems.
UNSURE_MODULES = """
    arch core_arch intrinsics simd prelude sys sys_common rt detect backend panicking os
"""
NOT_INDEXED = frozenset(UNSURE_MODULES.split())
PRIMITIVE_TYPES = """
    array bool char f16 f32 f64 f128 fn i8 i16 i32 i64 i128 isize never pointer reference slice str tuple u8 u16 u32 u64 u128
    unit usize
"""
PRIMITIVES = frozenset(PRIMITIVE_TYPES.split())
# Modules of std that people name without `std::`, and that other crates rarely have.
PLAIN_MODULES = frozenset({"mem", "ptr", "cmp", "rc", "cell", "hint", "any", "iter", "fmt", "env", "process"})
SUPERTRAITS = re.compile(r"\btrait \w+(?:<[^{]*?>)?\s*:\s*([^{]*?)(?:\bwhere\b|\{|\Z)")
ALIAS = re.compile(r"\btype \w+(?:<[^=]*>)? = (?:\w+::)*(\w+)")
# Traits that are implemented for all types.
OF_ALL = ("ToString", "ToOwned", "Into", "TryInto", "From", "TryFrom", "Borrow", "BorrowMut", "Any")
COMMANDS = {"b": "build", "c": "check", "d": "doc", "t": "test", "r": "run", "rm": "remove"}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]")
DEEPEST = 6  # supertraits and aliases on the way to a member


def _declared(signature: str) -> set[str]:
    """The variants or fields that the declaration of a type spells out; the index has no items of them."""
    body = re.sub(r"^\s*Show \d+ \w+", "", signature.partition("{")[2])
    for _ in range(3):
        body = re.sub(r"\([^()]*\)|\{[^{}]*\}|<[^<>]*>|#\[[^\]]*\]", " ", body)
    return {one[1] for one in re.finditer(r"(?:^|,)\s*(?:pub )?(\w+)", body.rstrip(" },"))}


class StdNames:
    """Names looked up in one documentation. What is read of it for many names is kept."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._flags = dict[str, frozenset[str]]()

    def item(self, path: str) -> StdItem | None:
        """The item of std that a path means, as people write it: with or without `std::`."""
        macro = "!" if path.endswith("!") else ""
        parts = path.removesuffix("!").split("::")
        if len(parts) > 1 and parts[0] in ROOTS:
            parts = parts[2:] if parts[1] == "primitive" and len(parts) > 2 else ["std", *parts[1:]]
        if macro:
            return next((one for one in self.library.items("::".join(parts) + macro) if one.kind == "macro"), None)
        found = self._found(parts, 0)
        owner = parts[-2] if len(parts) == 2 or (len(parts) == 3 and parts[0] == "std") else ""
        if found is None and (owner == "ptr" or owner in PRIMITIVES):  # `std::slice::sort`, `ptr::offset_from`
            return self._found(["pointer" if owner == "ptr" else owner, parts[-1]], 0)
        return found

    def _found(self, parts: list[str], depth: int) -> StdItem | None:
        """What a path ends in, or a member that a declaration spells out, or that a trait gives."""
        items = self.library.items("::".join(parts))
        if items or len(parts) < 2 or depth > DEEPEST:
            return min(items, key=lambda one: one.kind == "macro", default=None)
        owner, last = "::".join(parts[:-1]), parts[-1]
        if found := resolve_name(self.library, "::".join(parts)):
            return found
        types = self.types(owner)[:8]
        for type_ in types:
            if type_.kind in ("enum", "struct", "union") and last in _declared(type_.signature):
                return replace(type_, path=f"{type_.path}::{last}", kind="variant or field", deprecated="", text="")
        return next((found for one in types[:4] if (found := self._given(one, last, depth))), None)

    def _given(self, type_: StdItem, last: str, depth: int) -> StdItem | None:
        """A member that a type has as an alias, that a trait has of its supertraits, or that a trait of `std::os` gives."""
        found = None
        if type_.kind in ("type", "type alias") and (aim := ALIAS.search(type_.signature)):
            found = self._found([aim[1], last], depth + 1)
        elif type_.kind == "trait":
            above = SUPERTRAITS.search(type_.signature)
            names = re.findall(r"\b(?:\w+::)*([A-Z]\w*)", above[1]) if above else []
            found = next((one for name in (*names, *OF_ALL) if (one := self._above(name, last, depth))), None)
        if found:
            return found
        of_systems = (one for one in self.library.items(last) if one.path.startswith("std::os::"))
        return next((one for one in of_systems if one.path.rsplit("::", 2)[-2].endswith("Ext")), None)

    def _above(self, trait: str, last: str, depth: int) -> StdItem | None:
        """A member of a trait that another trait requires, or that is implemented for all types."""
        if found := self.library.items(f"{trait}::{last}"):
            return found[0]
        return None if trait in OF_ALL else self._found([trait, last], depth + 1)

    def types(self, name: str) -> list[StdItem]:
        """The types, traits and primitives whose path ends so."""
        parts = name.split("::")
        name = "::".join(["std", *parts[1:]]) if len(parts) > 1 and parts[0] in ROOTS else name
        return [one for one in self.library.items(name) if one.kind in TYPES]

    def meanings(self, name: str) -> int:
        """How many different types of std have this last name, aliases and further paths of the same one aside."""
        return len({(one.kind, one.signature) for one in self.types(name) if not one.kind.startswith("type")})

    def modules(self, name: str) -> bool:
        """Whether std has a module of this name."""
        return any(one.kind == "module" for one in self.library.items(f"std::{name}"))

    def dereferences(self, name: str) -> bool:
        """Whether a type of this name dereferences to its parameter, so that its values have members of any type."""
        return any(
            re.search(
                r"\b(?:Box|Rc|Arc|Pin|Cow|Ref|RefMut|\w+Guard|\w*Lock|ManuallyDrop|PeekMut|AssertUnwindSafe|LazyCell)\b",
                one.path,
            )
            and self.library.implementations(one.path, "Deref")
            for one in self.types(name)
        )

    def has_member(self, last: str) -> bool:
        """Whether any type or trait of std has a member of this name."""
        return any(
            one.kind in ("method", "variant", "associatedconstant", "associatedtype", "structfield")
            for one in self.library.items(last)
        )

    def trait_has(self, last: str) -> bool:
        """Whether a trait of std has a member of this name."""
        owners = dict.fromkeys(one.path.rpartition("::")[0] for one in self.library.items(last))
        return any(one.kind == "trait" for owner in owners if owner for one in self.library.items(owner))

    def indexed(self, parts: list[str]) -> bool:
        """Whether the index has to know a path that begins with `std`, `core` or `alloc`."""
        if any(part in NOT_INDEXED or part.startswith("_") for part in parts[1:-1]) or parts[-1] in NOT_INDEXED:
            return False
        return parts[-1] not in ROOTS

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The attributes that the Reference explains or lists, and those that are macros of std."""
        index = self.library.at("reference/attributes.html", "built-in-attributes-index")
        listed = re.findall(r"`([a-z_]+(?:::[a-z_]+)*)`", index.text) if index else []
        keyed = (
            key.removeprefix("attribute ") for key in self.library.keys("reference") if key.startswith("attribute ")
        )
        return frozenset((*listed, *keyed, *self.library.of_kind("attribute")))

    @cached_property
    def lints(self) -> frozenset[str]:
        """The lints and groups of lints of rustc, and the lints of cargo, in snake case."""
        groups = self.library.text_of("rustc/lints/groups.html")
        cargo = re.findall(r"^#+ `?(\w+)`?$|`(\w+)`", self.library.text_of("cargo/reference/lints.html"), re.MULTILINE)
        said = re.findall(r"\b[a-z]+(?:-[a-z0-9]+)+\b|^- ([a-z]+) \|", groups, re.MULTILINE)
        names = (*said, *re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", groups), *(one or other for one, other in cargo))
        return frozenset((*self.library.keys("rustc"), "warnings", *(one.replace("-", "_") for one in names if one)))

    @cached_property
    def clippy(self) -> frozenset[str]:
        """The lints that the clippy book names; many have no place there."""
        text = self.library.text_of("clippy/")
        affected = (
            one
            for said in re.findall(r"Affected lints:((?:\s*- `\w+`)+)", text)
            for one in re.findall(r"`(\w+)`", said)
        )
        return frozenset((*affected, *re.findall(r"\bclippy::(\w+)", text)))

    def flags(self, command: str) -> frozenset[str]:
        """The long options that the pages of a command name; of "" those of all. Empty for a command without options there."""
        if command in self._flags:
            return self._flags[command]
        if command == "":
            text = "\n".join(self.library.text_of(book) for book in ("cargo/", "rustc/", "clippy/"))
        elif command == "rustc":
            text = self.library.text_of("rustc/")
        else:
            name = "cargo" if command == "cargo" else f"cargo-{COMMANDS.get(command, command)}"
            page = self.library.text_of(f"cargo/commands/{name}.html")
            text = f"{page}\n{self.library.text_of('cargo/reference/unstable.html')}" if "--" in page else ""
        self._flags[command] = frozenset((*OPTION.findall(text), *(("--help", "--version") if text else ())))
        return self._flags[command]
