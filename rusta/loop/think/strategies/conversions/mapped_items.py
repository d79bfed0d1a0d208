"""An iterator gives items of another type than the list that is collected (E0277: "cannot be built from an iterator").

Where the last step is `.map(|one| value)`, the value is converted by what std offers for the two types; else a `.map` with
the conversion comes before `collect`. All places change together.

Not covered: items that only have to be copied (`collected`). Source: the documentation of `Iterator::collect`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.type_conversions import Surroundings, conversions_of, plain, type_shape
from rusta.tools.declared import tested
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import FileEdits

SAID = re.compile(
    r"a value of type `(?P<list>.+)` cannot be built from an iterator over elements of type `(?P<item>.+)`"
)
LISTS = {"Vec": 1, "HashSet": 1, "BTreeSet": 1, "VecDeque": 1, "HashMap": 2, "BTreeMap": 2, "BinaryHeap": 1}
MOST = 2


def mapped_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the conversions of all items that do not fit."""
    places: list[tuple[str, list[Rewrite]]] = []
    first = None
    for error in situation.errors:
        said, at = SAID.search(error.message) if error.code == "E0277" else None, error.primary
        code = situation.code(at.path) if at and said else None
        node = code.node(at.start, at.end) if at and code else None
        if said is None or at is None or code is None or node is None or tested(at.path, node, code):
            continue
        name, args = type_shape(said["list"])
        if (
            name not in LISTS
            or len(args) < LISTS[name]
            or node.parent.type not in ("field_expression", "generic_function")
        ):
            continue
        wanted = args[0] if LISTS[name] == 1 else f"({args[0]}, {args[1]})"
        called = node.parent if node.parent.type == "field_expression" else node.parent.parent
        chain = called.child_by_field_name("value") if called.type == "field_expression" else None
        if chain is not None and (ways := list(_ways(chain, plain(said["item"]), plain(wanted), code))):
            places.append((at.path, ways[:MOST]))
            first = first or error
    for nth in range(max((len(ways) for _, ways in places), default=0)):
        edits: FileEdits = {}
        for path, ways in places:
            edits.setdefault(path, []).append(ways[min(nth, len(ways) - 1)])
        if first is not None:
            told = ", ".join(dict.fromkeys(f"`{one.text}`" for some in edits.values() for one in some))
            reason = f"the items become what the list holds: {told}"
            yield situation.hypothesis(first, reason, edits, Cost.SMALL)


def _ways(chain: Any, item: str, wanted: str, code: Statements) -> Iterator[Rewrite]:
    called = chain.child_by_field_name("function") if chain.type == "call_expression" else None
    name = called.child_by_field_name("field") if called is not None and called.type == "field_expression" else None
    given = chain.child_by_field_name("arguments").named_children if name is not None else []
    closure = given[0] if len(given) == 1 and given[0].type == "closure_expression" else None
    if name is not None and code.text(name) == "map" and closure is not None:
        value = closure.child_by_field_name("body")
        if value.type == "block":
            value = value.named_children[-1] if value.named_children else value
        if not value.type.endswith(("statement", "block")):
            for one in conversions_of(code.text(value), item, wanted, Surroundings()):
                if one.cost < Cost.RUNTIME:
                    yield instead(value, one.text)
            return
    names, parts = "it", []
    if item.startswith("(") and wanted.startswith("("):
        pairs = list(zip(type_shape(item)[1], type_shape(wanted)[1], strict=False))
        letters = [chr(ord("a") + n) for n in range(len(pairs))]
        ways = [
            next(conversions_of(letter, *pair, Surroundings()), None)
            for letter, pair in zip(letters, pairs, strict=True)
        ]
        parts = [one.text for one in ways if one is not None]
        if len(parts) == len(letters):
            yield after(chain, f".map(|({', '.join(letters)})| ({', '.join(parts)}))")
        return
    for one in conversions_of(names, item, wanted, Surroundings()):
        if one.cost < Cost.RUNTIME:
            yield after(chain, f".map(|it| {one.text})")
