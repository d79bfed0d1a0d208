"""A type that nothing declares and whose name is that of a parameter: the item that uses it declares it (E0425, E0412).

rustc suggests the parameter for the `impl` around a method (`impl<E> Trait for T`), where it is not constrained (E0207). Here
the innermost item is asked first, then those around it; behind the parameters that it has, and before them, since the
order counts where a trait or a caller names them. Its bounds are left to what rustc says next.
Source: rustc --explain E0425, E0207. Not covered: names that are longer, unless rustc takes them for a parameter as well.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.generics import GENERIC
from rusta.tools.statements import Rewrite, Statements, after

UNKNOWN = re.compile(r"cannot find type `(?P<name>[A-Z]\w{0,60})` in this scope")
SHORT = 2  # characters of a name that is a parameter's without rustc saying so


def undeclared_parameter(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the declarations of unknown short types by the items around, all of an item at once, then one by one."""
    items: dict[tuple[str, int], tuple[Any, dict[str, Diagnostic]]] = {}
    depths: list[tuple[int, tuple[str, int]]] = []
    for error in situation.errors:
        found, place = UNKNOWN.match(error.message), error.primary
        code = situation.code(place.path) if place and found and _parameter(found["name"], error) else None
        if found is None or place is None or code is None:
            continue
        node, depth = code.node(place.start, place.end), 0
        if tested(place.path, node, code):
            continue
        while node is not None:
            if node.type in GENERIC:
                key = (place.path, node.start_byte)
                items.setdefault(key, (node, {}))[1].setdefault(found["name"], error)
                depths.append((depth, key))
                depth += 1
            node = node.parent
    seen: set[str] = set()
    for key in dict.fromkeys(key for _, key in sorted(depths)):
        item, names = items[key]
        if (code := situation.code(key[0])) is None:
            continue
        for said in dict.fromkeys([", ".join(names), *names]):
            for edit in _declared(item, said, code):
                reason = f"`{said}` is declared nowhere, and a parameter by its name: the item declares it"
                error = names[said.partition(",")[0]]
                # Before rustc's similar names: a parameter of another item, which compiles and means something else.
                cost = Cost.SMALL if said in seen else Cost.NONE
                seen.add(said)
                yield situation.hypothesis(error, reason, {key[0]: [edit]}, cost)


def _parameter(name: str, error: Diagnostic) -> bool:
    told = (*(child.message for child in error.children), *(one.message for one in error.suggestions))
    return len(name) <= SHORT or any("missing a type parameter" in said for said in told)


def _declared(item: Any, name: str, code: Statements) -> Iterator[Rewrite]:
    """Yield the edits by which an item declares a parameter: as its last one, then as its first."""
    parameters = item.child_by_field_name("type_parameters")
    there = [one for one in parameters.named_children if "comment" not in one.type] if parameters is not None else []
    if there:
        yield after(there[-1], f", {name}")
        first = next((one for one in there if one.type not in ("lifetime_parameter", "attribute_item")), None)
        if first is not None:
            yield Rewrite(first.start_byte, first.start_byte, f"{name}, ")
        return
    head = next((one for one in item.children if one.type == "impl"), None) or item.child_by_field_name("name")
    if head is not None and parameters is None:
        yield after(head, f"<{name}>")
