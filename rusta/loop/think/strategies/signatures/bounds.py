"""The bounds that generic code needs, collected from all errors and added at once.

E0277, E0599, E0369 and E0308 (a cloned reference) say which type parameter lacks which trait (`trait_needs`). A bound
that one method of an inherent impl needs is put on this method, as the API guidelines advise; one that several need is
put on the impl; a trait's impl has no choice. As the second hypothesis all bounds stand where the parameter is
declared. Code that uses what has got bounds then needs them too: those are new errors, and met in the next round.

Not covered: lifetimes of parameters (rustc suggests `'static` itself), bounds of a trait's own declaration.
Source: the Book, ch. 10.2; the Reference, "Trait and lifetime bounds"; Rust API Guidelines, C-STRUCT-BOUNDS.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.signatures.trait_arguments import with_arguments
from rusta.loop.think.strategies.signatures.trait_needs import PRELUDE, STANDARD, Need, needs
from rusta.tools.declared import bare, reachable, tested
from rusta.tools.generics import bounded, bounds_of, declaring, refined
from rusta.tools.statements import Rewrite, Statements
from rusta.tools.syntax_walk import innermost, under

HEAD = re.compile(r"(?P<path>[\w:]+)(?P<rest>.*)", re.DOTALL)
IMPLIED = {"PartialEq": ("Eq", "Ord", "PartialOrd"), "PartialOrd": ("Ord",), "Eq": ("Ord",), "Clone": ("Copy",)}
ARITHMETIC = (
    r"\b(?:Add|Sub|Mul|Div|Rem|Neg|Sum|PartialOrd|AddAssign|SubAssign|Into<[iuf]\d|From<[iuf]\d|Num\w*|Float)\b"
)
SIGNS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "%": "Rem"}


@dataclass(frozen=True)
class Wanted:
    """A bound with its place: the item that declares the parameter, and the function in it that needs the bound."""

    need: Need
    path: str
    kind: str
    trait: str
    item: Any
    function: Any


def missing_bounds(situation: Situation) -> Iterator[Hypothesis]:
    """Yield all bounds that are missing: as narrow as they are needed, then all where the parameters are declared."""
    known = [one for need in needs(situation.errors) for one in [need, *_around_it(need, situation)]]
    traits = cache(lambda: _traits(situation))
    wanted = [one for need in known if (one := _wanted(need, situation, traits))]
    ways = [with_arguments(one.trait, one.path, situation) for one in wanted]
    for way in range(max((len(found) for found in ways), default=0)):
        filled = [
            replace(one, trait=found[min(way, len(found) - 1)])
            for one, found in zip(wanted, ways, strict=True)
            if found
        ]
        yield from _added(filled, situation)


def _added(wanted: Sequence[Wanted], situation: Situation) -> Iterator[Hypothesis]:
    """Yield the hypotheses that add these bounds."""
    narrow, wide = (_edits(wanted, situation, narrowly) for narrowly in (True, False))
    told = ", ".join(dict.fromkeys(f"`{one.kind}: {one.trait}`" for one in wanted))
    reason = f"what is done with a type parameter has to be asked of it: {told}"
    for rewrites in [narrow, wide] if narrow != wide else [wide]:
        if rewrites:
            price = "it can be used with fewer types from now on"
            yield situation.hypothesis(wanted[0].need.error, reason, rewrites, Cost.INTERFACE, price)


def _around_it(need: Need, situation: Situation) -> Iterator[Need]:
    """Yield the operators that use the result of one that is missing: rustc reports them only afterwards."""
    code = situation.code(need.at.path)
    if code is None or bare(need.trait) not in SIGNS.values() or need.error.code != "E0369":
        return
    node = innermost(code.node(need.at.start, need.at.end), "binary_expression")
    while node is not None and node.parent.type in ("binary_expression", "parenthesized_expression"):
        node = node.parent
        sign = node.child_by_field_name("operator")
        if sign is not None and (trait := SIGNS.get(code.text(sign))):
            yield replace(need, trait=f"{trait}<Output = {need.type}>")


def _traits(situation: Situation) -> dict[str, str]:
    """Return the file of each trait that the crate declares."""
    return {
        code.text(one.child_by_field_name("name")): path
        for path, code in situation.sources()
        for one in under(code.root, "trait_item")
    }


def _wanted(need: Need, situation: Situation, traits: Callable[[], dict[str, str]]) -> Wanted | None:
    code = situation.code(need.at.path)
    if code is None:
        return None
    node = code.node(need.at.start, need.at.end)
    projected = re.match(r"<?(\w+)(?: as .+>)?::\w+", need.type)
    name = projected[1] if projected else need.type
    found = declaring(node, name, code) if re.fullmatch(r"\w+", name) else None
    if found is None or tested(need.at.path, node, code):
        return None
    item, _ = found
    trait = _spelled(need.trait, need.at.path, code, traits)
    if not trait or "{" in trait or "_" in re.findall(r"\w+", trait):
        return None
    if need.error.code in ("E0382", "E0507", "E0508") and trait == "Copy":  # for numbers; else a clone asks for less
        owners = [one for one in (item, innermost(node, "function_item")) if one is not None]
        if not any(re.search(ARITHMETIC, bounds_of(one, need.type, code)) for one in owners):
            return None
    return Wanted(need, need.at.path, need.type, trait, item, innermost(node, "function_item"))


def _spelled(shown: str, path: str, code: Statements, traits: Callable[[], dict[str, str]]) -> str:
    """Return how a file can name a trait that rustc shows, "" for one that cannot be found."""
    head = HEAD.match(shown)
    if head is None:
        return ""
    name, rest = bare(head["path"]), head["rest"]
    if name in PRELUDE:
        return name + rest
    if re.search(rb"\buse [^;]{0,400}\b" + name.encode() + rb"\b", code.source):
        return name + rest
    first = head["path"].split("::")[0]
    if name in STANDARD and first in (name, "std", "core", "alloc"):
        return STANDARD[name] + rest
    if "::" in head["path"] and first in ("std", "core", "alloc", "crate"):
        return shown
    if where := traits().get(name):
        return reachable(name, where, path, code) + rest
    return shown if "::" in shown else ""


def _edits(wanted: Sequence[Wanted], situation: Situation, narrowly: bool) -> dict[str, list[Rewrite]]:
    users: dict[tuple[int, str, str], set[int]] = {}
    for one in wanted:
        key = (one.item.id, one.kind, bare(one.trait))
        users.setdefault(key, set()).add(one.function.id if one.function is not None else 0)
    rewrites: dict[str, list[Rewrite]] = {}
    places: dict[tuple[str, int], tuple[Any, dict[str, list[str]]]] = {}
    for one in wanted:
        inherent = one.item.type == "impl_item" and one.item.child_by_field_name("trait") is None
        alone = len(users[one.item.id, one.kind, bare(one.trait)]) == 1 and one.function is not None
        projected = not re.fullmatch(r"\w+", one.kind) and one.function is not None
        target = one.function if inherent and ((narrowly and alone) or projected) else one.item
        code = situation.code(one.path)
        if code is None:
            continue
        if re.search(rf"\b{bare(one.trait)}\b", bounds_of(target, one.kind, code)):
            name, arguments = bare(one.trait), one.trait[one.trait.find("<") :] if "<" in one.trait else ""
            edit = refined(target, one.kind, name, arguments, code) if arguments else None
            if edit and edit not in rewrites.setdefault(one.path, []):
                rewrites[one.path].append(edit)
            continue
        _, bounds = places.setdefault((one.path, target.id), (target, {}))
        _add(bounds.setdefault(one.kind, []), one.trait)
    for (path, _), (item, bounds) in places.items():
        if code := situation.code(path):
            rewrites.setdefault(path, []).extend(bounded(item, bounds, code))
    return rewrites


def _add(traits: list[str], trait: str) -> None:
    """Add a trait to a list, unless it is there or another one implies it; one with arguments replaces one without."""
    if any(bare(one) in IMPLIED.get(bare(trait), ()) for one in traits):
        return
    for n, one in enumerate(traits):
        if bare(one) == bare(trait):
            traits[n] = max(one, trait, key=len)
            return
    traits[:] = [one for one in traits if bare(trait) not in IMPLIED.get(bare(one), ())]
    traits.append(trait)
