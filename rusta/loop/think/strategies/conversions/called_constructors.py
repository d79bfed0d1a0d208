"""A variant or a struct that holds data is named without it (E0308, `expected enum, found enum constructor`).

`Err(DateError::Range)` of `Range(u8)` is `Err(DateError::Range(month))`: each field gets the nearest name in scope that
has its type, one of the condition around first. Then the next names, one field at a time.

Not covered: fields of types that no name in scope has. Source: rustc --explain E0308; the Book, ch. 6.1.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.scope_names import names_in_scope
from rusta.loop.think.strategies.conversions.type_conversions import Surroundings, conversions_of, listed_types
from rusta.tools.declared import tested
from rusta.tools.statements import Statements, after
from rusta.tools.syntax_walk import innermost

FOUND = re.compile(r"found [\w ]*constructor `fn\((?P<fields>.+?)\) -> ")
MOST = 3


def called_constructors(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the data of each constructor that is not called."""
    for error in situation.errors:
        at = error.primary
        said = next((found for one in error.children if (found := FOUND.search(one.message))), None)
        code = situation.code(at.path) if at and said and error.code == "E0308" else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or said is None or tested(at.path, node, code):
            continue
        near = _condition(node, code)
        names = names_in_scope(node, code, situation)
        options: list[list[str]] = []
        for kind in listed_types(said["fields"]):
            found: list[tuple[int, int, str]] = []
            for far, one in enumerate(names):
                way = next(conversions_of(one.text, one.kind, kind, Surroundings()), None) if one.kind else None
                if way is not None and way.cost < Cost.RUNTIME:
                    plain = one.text.split(".")[-1] not in near
                    found.append((int(way.text != one.text) + 2 * plain, far, way.text))
            options.append([text for *_, text in sorted(found)][:MOST])
        if not options or not all(options):
            continue
        others = [(n, nth) for nth in range(1, MOST) for n, one in enumerate(options) if nth < len(one)]
        for field, nth in ((-1, 0), *others[:MOST]):
            given = ", ".join(one[nth if n == field else 0] for n, one in enumerate(options))
            reason = f"`{code.text(node)}` holds data, and is made with it: `{given}`"
            edits = [after(node, f"({given})")]
            yield situation.hypothesis(error, reason, {at.path: edits}, Cost.SMALL, "which value is meant is a guess")


def _condition(node: Any, code: Statements) -> set[str]:
    """Return the names in the condition, or in what is matched, around a node."""
    around = innermost(node, "if_expression", "match_expression", "while_expression", "function_item")
    if around is None or around.type == "function_item":
        return set()
    condition = around.child_by_field_name("condition") or around.child_by_field_name("value")
    return set(re.findall(r"\w+", code.text(condition))) if condition is not None else set()
