"""A lifetime that nothing declares, where the item declares one: that one is meant (E0261).

rustc suggests to declare the unknown name as well, which gives the type a parameter more and breaks everybody who names
the type. Where the item around, or the impl around it, declares a lifetime, a hypothesis for each says that one instead,
at every place of the item. Source: rustc's explanation of E0261. Not covered: items that declare none, which rustc's own
suggestion mends.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.statements import Statements, instead
from rusta.tools.syntax_walk import innermost, under

ITEMS = {"function_item", "struct_item", "enum_item", "impl_item", "trait_item", "type_item", "function_signature_item"}
MOST = 3  # lifetimes tried for one that is unknown


def undeclared_lifetime(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for each unknown lifetime, the declared ones in its place."""
    done: set[tuple[str, str, int]] = set()
    for error in situation.errors:
        place = error.primary
        code = situation.code(place.path) if place and error.code == "E0261" else None
        if place is None or code is None:
            continue
        node = code.node(place.start, place.end)
        unknown, item = code.source[place.start : place.end].decode("utf-8", "replace"), innermost(node, *ITEMS)
        if item is None or not re.fullmatch(r"'\w+", unknown) or (place.path, unknown, item.start_byte) in done:
            continue
        done.add((place.path, unknown, item.start_byte))
        for known in list(dict.fromkeys(_declared(node, code)))[:MOST]:
            edits = [instead(at, known) for at in under(item, "lifetime") if code.text(at) == unknown]
            reason = f"`{unknown}` is declared nowhere, and `{known}` is: that one is meant"
            yield situation.hypothesis(error, reason, {place.path: edits}, Cost.NONE)


def _declared(node: Any, code: Statements) -> Iterator[str]:
    """Yield the lifetimes that the items around a node declare, the nearest first."""
    while node is not None:
        parameters = node.child_by_field_name("type_parameters") if node.type in ITEMS else None
        if parameters is not None:
            yield from re.findall(r"(?:<|,)\s{0,80}('\w+)", code.text(parameters))
        node = node.parent
