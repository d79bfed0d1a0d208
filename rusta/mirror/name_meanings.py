"""What the names in a crate's signatures mean: an item of the crate by its name, one of another crate by its whole path.

`core` and `alloc` are `std`, and what is in its prelude is the name alone, so that `::core::option::Option` is `Option`. A private
alias of a type is what it stands for, as in rustdoc.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rusta.library.module_items import Definition, SourceModule
from rusta.library.public_paths import TYPES, PathResolver, below_and_with
from rusta.mirror.item_shapes import Alias, NameScope, Tokens, head, rules, rust_tokens

PRIMITIVES = frozenset(
    (
        "bool",
        "char",
        "str",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "f32",
        "f64",
    )
)
NONZERO = re.compile(r"std::num::NonZero([UI](?:8|16|32|64|128|size))")  # aliases, whichever way they are spelled
PRELUDE = frozenset(
    f"std::{module}::{name}"
    for module, names in {
        "option": "Option", "result": "Result", "vec": "Vec", "string": "String ToString", "boxed": "Box", "clone": "Clone",
        "default": "Default", "marker": "Copy Send Sync Sized Unpin", "ops": "Drop Fn FnMut FnOnce AsyncFn AsyncFnMut AsyncFnOnce",
        "iter": "Iterator IntoIterator DoubleEndedIterator ExactSizeIterator Extend FromIterator", "borrow": "ToOwned",
        "convert": "AsRef AsMut From Into TryFrom TryInto", "cmp": "PartialEq Eq PartialOrd Ord", "primitive": "u8 usize str bool char",
    }.items()
    for name in names.split()
)  # fmt: skip


@dataclass
class NameMeanings:
    """The meaning of names in one target. `public` are the shortest public paths, by the items' identity."""

    resolver: PathResolver
    public: Mapping[int, str]
    _macros: dict[str, list[tuple[Tokens, Tokens]]] = field(default_factory=dict)
    _known: dict[tuple[int, tuple[str, ...]], tuple[str, Definition | None]] = field(default_factory=dict)

    def item(self, module: SourceModule, path: tuple[str, ...]) -> tuple[str, Definition | None]:
        """Return what a path means in a module, and the item of this crate that it is."""
        key = id(module), path
        if key not in self._known:
            self._known[key] = self._item(module, path)
        return self._known[key]

    def _item(self, module: SourceModule, path: tuple[str, ...]) -> tuple[str, Definition | None]:
        for place in self.resolver.named(module, path, 0):
            if isinstance(place, Definition) and place.kind in TYPES:
                return place.name, place
        far = self.resolver.elsewhere(module, path)
        if not far and len(path) > 1:
            said, found = self.item(module, path[:-1])
            if found is not None:
                return f"{said}::{path[-1]}", None
        far = far or path
        if len(far) > 1 and far[0] in ("core", "alloc"):
            far = ("std", *far[1:])
        whole = "::".join(far)
        if (
            len(path) == 1 and path[0] in PRIMITIVES and whole == f"std::{path[0]}"
        ):  # a module of that name beside the type
            return path[0], None
        if found := NONZERO.fullmatch(whole):
            return f"std::num::NonZero<{found[1].lower()}>", None
        return (far[-1] if whole in PRELUDE else whole), None

    def within(self, module: SourceModule | None) -> NameScope:
        """Return the names in a module, as signatures are compared."""
        return self._names(module, lambda said, one: said)

    def paths(self, module: SourceModule | None) -> tuple[NameScope, list[Definition]]:
        """Return the names in a module as they tell what an `impl` is of: public paths, and names of other crates' items.

        The list takes the items of this crate that are met.
        """
        seen = list[Definition]()

        def named(said: str, one: Definition | None) -> str:
            if one is None:
                return said.rpartition("::")[2]
            seen.append(one)
            return self.public.get(id(one), said)

        return self._names(module, named), seen

    def expanded(self, name: str, inside: Tokens) -> Tokens:
        """What a macro of the crate gives in the place of a type, by the rules that take exactly what they spell."""
        if not self._macros:
            self._macros[""] = []
            below = [
                one for module in below_and_with(self.resolver.root) for of in module.definitions.values() for one in of
            ]
            for one in (*self.resolver.tree.exported, *below):
                if one.kind == "macro" and one.name not in self._macros:
                    self._macros[one.name] = list(rules(rust_tokens(one.text)))
        wanted = list(inside)
        return next((gives for takes, gives in self._macros.get(name, ()) if list(takes) == wanted), ())

    def _names(self, module: SourceModule | None, told: Callable[[str, Definition | None], str]) -> NameScope:
        def meaning(path: tuple[str, ...]) -> str:
            return "::".join(path) if module is None else told(*self.item(module, path))

        def alias(path: tuple[str, ...]) -> Alias | None:
            one = self.item(module, path)[1] if module is not None else None
            if one is None or one.kind != "type" or id(one) in self.public:
                return None
            said = head(rust_tokens(one.text), "type")
            body = [token for token in (*said.rest, *said.after) if token != ";"]
            return Alias(said.generics, body[1:], self._names(one.home, told)) if body[:1] == ["="] else None

        return NameScope(meaning, alias=alias, expansion=self.expanded)
