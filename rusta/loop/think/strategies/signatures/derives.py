"""The derives that types of the crate lack, collected from all errors and added at once, with those they build on.

What rustc says is missing (`trait_needs`) is derived on the type, together with what the trait requires (`Eq` requires
`PartialEq`) and on every type of the crate that it contains. serde's derives are added where the crate uses them on
another type. A trait is not derived where a field rules it out: floats have no `Eq`, `Ord` and `Hash`, what owns memory
is not `Copy`; and not where it is implemented by hand. An enum of names alone that is moved (E0507, E0382) is `Copy`.

Not covered: `Default` of an enum (somebody has to say which variant), types of macros. Source: the Book, appendix C;
the Reference, "Derive".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.signatures.trait_needs import Need, needs
from rusta.tools.declared import bare, declarations, derive, derived
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import under

STANDARD_ORDER = ("Debug", "Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Default")
SERDE = {"Serialize": "Serialize", "Deserialize": "Deserialize", "DeserializeOwned": "Deserialize"}
REQUIRES = {
    "Copy": ["Clone"],
    "Eq": ["PartialEq"],
    "PartialOrd": ["PartialEq"],
    "Ord": ["PartialEq", "Eq", "PartialOrd"],
}
WHOLE = {"Eq", "Ord", "Hash"}
OWNING = {"String", "Vec", "Box", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque", "Rc", "Arc", "PathBuf"}
SHARED = {"Rc", "Arc", "reference_type"}  # copied without a copy of what they point to
EMPTY = {"Option", "Vec", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque"}  # empty by default
MOVED = ("E0382", "E0507", "E0508")
MOST = 60  # types that are looked into


class _Crate:
    """The types of a crate, and what is implemented for them."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.types = declarations(situation.sources())
        self.by_hand = {
            (bare(code.text(kind)), bare(code.text(trait)))
            for _, code in situation.sources()
            for one in under(code.root, "impl_item")
            if (kind := one.child_by_field_name("type")) is not None
            and (trait := one.child_by_field_name("trait")) is not None
        }
        self.used: dict[str, str] = {}  # how serde's derives are written elsewhere
        for places in self.types.values():
            for path, node in places:
                if code := situation.code(path):
                    self.used.update(derived(node, code))

    def plain(self, name: str) -> bool:
        """Return whether a type is an enum whose variants hold nothing."""
        places = self.types.get(name, [])
        return len(places) == 1 and places[0][1].type == "enum_item" and not any(
            one.child_by_field_name("body") is not None for one in under(places[0][1], "enum_variant")
        )  # fmt: skip

    def lacking(self, name: str, trait: str, found: dict[str, list[str]]) -> bool:
        """Collect into `found` what has to be derived, on which types; return whether that is possible."""
        todo = [(name, trait)]
        while todo and len(found) < MOST:
            kind, want = todo.pop()
            places = self.types.get(kind, [])
            if len(places) != 1 or (kind, want) in self.by_hand or want in found.get(kind, ()):
                continue
            path, node = places[0]
            code = self.situation.code(path)
            if code is None:
                return False
            if want in derived(node, code):
                continue
            if node.type == "union_item" or (want == "Default" and node.type == "enum_item"):
                return False
            inside = list(_inside(node, want, code))
            if (want in WHOLE and {"f32", "f64"} & set(inside)) or (want == "Copy" and OWNING & set(inside)):
                return False
            found.setdefault(kind, []).append(want)
            todo += [(kind, one) for one in REQUIRES.get(want, [])]
            todo += [(one, want) for one in inside if one in self.types and one != kind]
        return True


def missing_derives(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all derives that are missing on types of the crate, at once."""
    wanted = [need for need in needs(situation.errors) if _derivable(need)]
    if not wanted:
        return
    crate = _Crate(situation)
    found: dict[str, list[str]] = {}
    first = None
    for need in wanted:
        trait = SERDE.get(bare(need.trait), bare(need.trait))
        if trait in SERDE.values() and trait not in crate.used:
            continue
        if need.error.code in MOVED and not crate.plain(bare(need.type)):  # there are other ways than a copy
            continue
        more: dict[str, list[str]] = {kind: list(traits) for kind, traits in found.items()}
        if crate.lacking(bare(need.type), trait, more) and more != found:
            found, first = more, first or need.error
    if first is None:
        return
    rewrites: dict[str, list[Rewrite]] = {}
    for kind, traits in found.items():
        path, node = crate.types[kind][0]
        if code := situation.code(path):
            rewrites.setdefault(path, []).append(derive(node, _sorted(traits, code, crate.used), code))
    told = "; ".join(f"`{kind}` derives {', '.join(_order(traits))}" for kind, traits in found.items())
    reason = f"what is done with these types has to be known of them: {told}"
    yield situation.hypothesis(first, reason, rewrites, Cost.INTERFACE, "the types promise more to everybody")


def _derivable(need: Need) -> bool:
    trait, _, argument = need.trait.partition("<")
    own = not argument or bare(argument.rstrip(">")) in (bare(need.type), "'de", "'_") or argument.startswith("'")
    return bare(trait) in (*STANDARD_ORDER, *SERDE) and own


def _inside(node: Any, trait: str, code: Statements) -> Iterator[str]:
    """Yield the names of the types that a type contains, as far as they have to have the trait too."""
    body = node.child_by_field_name("body")
    todo = [body] if body is not None else []
    while todo:
        at = todo.pop()
        if at.type in ("type_identifier", "primitive_type"):
            yield code.text(at)
        if at.type == "generic_type":
            outer = bare(code.text(at.child_by_field_name("type")))
            yield outer
            if (
                outer == "PhantomData"
                or (outer in SHARED and trait in ("Clone", "Copy"))
                or (outer in EMPTY and trait == "Default")
            ):
                continue
        if at.type in ("reference_type", "attribute_item", "function_type") and trait in ("Clone", "Copy"):
            continue
        todo += at.named_children


def _order(traits: Sequence[str]) -> list[str]:
    order = (*STANDARD_ORDER, *SERDE)
    return sorted(dict.fromkeys(traits), key=order.index)


def _sorted(traits: Sequence[str], code: Statements, used: dict[str, str]) -> list[str]:
    """Return the traits in the usual order, serde's as this file can name them."""
    named = []
    for one in _order(traits):
        imported = f" {one}" in " ".join(
            code.text(use).replace("{", " ") for use in under(code.root, "use_declaration")
        )
        named.append(one if one in STANDARD_ORDER or imported else f"serde::{one}" if one in used else one)
    return named
