"""A list or a map of loans of the function's own variables is given back (E0515): it holds values of its own instead.

`HashMap<&str, usize>` becomes `HashMap<String, usize>`, `Vec<(&str, u8)>` becomes `Vec<(String, u8)>`, in the result and,
item by item, in what is given back. A single loan, also in an `Option` or a `Vec`, is in `owned_results`. Callers that
gave the result on give back the same type by `fitting_types`.

Not covered: functions of traits, loans of types that cannot be cloned. Source: the Book, ch. 4.2; rustc --explain E0515.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.type_conversions import Surroundings, conversions_of, plain, type_shape
from rusta.loop.think.strategies.loans.mutable_sites import results
from rusta.tools.declared import tested
from rusta.tools.statements import instead
from rusta.tools.syntax_walk import innermost, under

HOLDS = {"Vec", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "VecDeque", "Option", "BinaryHeap"}
LENT = re.compile(r"&(?:'\w+ )?(?:(?P<text>str\b)|\[(?P<item>[^\[\]]+)\]|(?P<other>[A-Za-z_]\w*(?:<[^<>&]*>)?))")


def freed_type(kind: str) -> str:
    """Return a type with the values themselves where it has loans."""
    return LENT.sub(lambda said: "String" if said["text"] else f"Vec<{said['item']}>" if said["item"] else said["other"], kind)  # fmt: skip


def owned_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the owned result of each function that gives back a list of loans of its own."""
    done: set[tuple[str, int]] = set()
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code == "E0515" else None
        node = code.node(at.start, at.end) if at and code else None
        function = innermost(node, "function_item") if node is not None else None
        gives = function.child_by_field_name("return_type") if function is not None else None
        if at is None or code is None or function is None or gives is None or tested(at.path, node, code):
            continue
        old = " ".join(code.text(gives).split())
        new, (name, args) = freed_type(old), type_shape(old)
        block = innermost(function.parent, "impl_item")
        of_trait = block is not None and block.child_by_field_name("trait") is not None
        if of_trait or (at.path, function.start_byte) in done or name not in HOLDS or not args or new == old:
            continue
        done.add((at.path, function.start_byte))
        edits = [instead(gives, new)]
        for value in _given(function):
            way = next(conversions_of(code.text(value), plain(old), plain(new), Surroundings()), None)
            if way is not None:
                edits.append(instead(value, _shorter(way.text)))
        if len(edits) > 1:
            called = code.text(function.child_by_field_name("name"))
            reason = f"`{called}` gives back `{new}`, whose items are its own, and no loans of what ends with it"
            yield situation.hypothesis(error, reason, {at.path: edits}, Cost.SMALL, "each item is a copy")


def _given(function: Any) -> Iterator[Any]:
    """Yield the values that a function gives back."""
    yield from results(function.child_by_field_name("body"))
    for one in under(function, "return_expression"):
        if one.named_children and innermost(one, "closure_expression", "function_item") == function:
            yield one.named_children[0]


def _shorter(text: str) -> str:
    """Return an expression that collects once, where it collected and then walked over the list again."""
    return re.sub(r"\.collect(?:::<[^()]*>)?\(\)\.into_iter\(\)", "", text)
