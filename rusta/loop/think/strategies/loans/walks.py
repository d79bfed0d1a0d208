"""A loop, or an iterator's closure, whose body uses what the loop itself has borrowed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.strategies.loans.loan_labels import LoanSite
from rusta.loop.think.strategies.loans.name_uses import function_around
from rusta.tools.statements import Statements

EACH = {"for_each", "map", "filter_map", "flat_map", "any", "all", "filter", "inspect", "try_for_each"}
VALUES = re.compile(r"\.(?:chars|bytes|char_indices|lines|split\w*|drain|into_\w+|cloned|copied)\(")
ITERATES = re.compile(
    r"\.(?:iter|iter_mut|keys|values|values_mut|enumerate|filter|rev|skip|take|zip|chain|windows|chunks)\("
)


@dataclass(frozen=True)
class Walk:
    """One loop. `value` is what is walked over, and `meets` the conflicting uses in the body."""

    site: LoanSite
    whole: Any
    value: Any
    pattern: Any
    body: Any
    meets: tuple[Any, ...]

    @property
    def loops(self) -> bool:
        """Whether it is a `for`, and no closure."""
        return self.whole.type == "for_expression"

    @property
    def function(self) -> Any:
        """The function around it."""
        return function_around(self.whole)


def walks(sites: Iterator[LoanSite]) -> Iterator[Walk]:
    """Yield the loops that begin a loan which their bodies conflict with, each once."""
    found: dict[tuple[str, int], Walk] = {}
    for site in sites:
        one = _walk(site)
        if one is not None:
            key = (site.path, one.whole.start_byte)
            before = found[key].meets if key in found else ()
            first = found[key].site if key in found else site
            found[key] = Walk(first, one.whole, one.value, one.pattern, one.body, (*before, site.meets))
    yield from found.values()


def _walk(site: LoanSite) -> Walk | None:
    at = site.meets
    while at is not None and at.type != "function_item":
        if at.type == "for_expression" and _holds(at.child_by_field_name("value"), site.begins):
            value, pattern, body = (at.child_by_field_name(name) for name in ("value", "pattern", "body"))
            return Walk(site, at, value, pattern, body, ())
        call = at.parent.parent if at.type == "closure_expression" and at.parent.type == "arguments" else None
        called = call.child_by_field_name("function") if call is not None else None
        if called is not None and called.type == "field_expression" and _holds(called, site.begins):
            given = at.child_by_field_name("parameters").named_children
            if len(given) == 1 and site.code.text(called.child_by_field_name("field")) in EACH:
                return Walk(
                    site, call, called.child_by_field_name("value"), given[0], at.child_by_field_name("body"), ()
                )
        at = at.parent
    return None


def _holds(around: Any, node: Any) -> bool:
    return around is not None and around.start_byte <= node.start_byte and node.end_byte <= around.end_byte


def walked_list(code: Statements, iterator: Any) -> tuple[str, bool] | None:
    """Return the list that `.iter()`, `.iter_mut()`, `&list` or `&mut list` walks over, and whether it may change."""
    if iterator.type == "reference_expression":
        mutable = any(one.type == "mutable_specifier" for one in iterator.children)
        return code.text(iterator.child_by_field_name("value")), mutable
    walk = re.fullmatch(r"(.+?)\s*\.(iter|iter_mut)\(\)", code.text(iterator), re.S)
    return (walk[1], walk[2] == "iter_mut") if walk else None


def shared_items(code: Statements, value: Any) -> str:
    """Return the iterator over shared references that a loop walks over, "" where it has others."""
    said = code.text(value)
    if value.type == "reference_expression":
        list_ = walked_list(code, value)
        return f"{list_[0]}.iter()" if list_ is not None and not list_[1] else ""
    if value.type != "call_expression" or "_mut(" in said or VALUES.search(said):
        return ""
    return said if ITERATES.search(said) else f"{said}.into_iter()"
