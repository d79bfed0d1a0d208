"""Whether a function hands a parameter on (into its result, or into `self`), or only looks at it; by syntax alone.

A parameter that is compared, printed, or given to a method to look something up with is looked at. One that is given
back, put into a value, given to a function, or whose parts are used is handed on.
"""

import re
from typing import Any

from rusta.loop.think.strategies.loans.name_uses import WRITES, uses
from rusta.tools.name_flow import KEEPS
from rusta.tools.statements import Statements

LOOKS = set(
    "len is_empty contains starts_with ends_with eq ne cmp to_string to_owned clone parse to_lowercase to_uppercase "  # noqa: SIM905
    "eq_ignore_ascii_case count matches".split()
)
PASSED = ("tuple_expression", "parenthesized_expression", "reference_expression", "array_expression", "try_expression")
ALTERNATIVES = {"unwrap_or", "or", "zip", "chain", "max", "min", "get_or_insert"}


def handed_on(code: Statements, function: Any, word: str) -> bool:
    """Return whether a parameter is handed on somewhere in a function."""
    return any(_gives(code, at) for at in uses(code, function.child_by_field_name("body"), word))


def stored(code: Statements, function: Any, word: str) -> bool:
    """Return whether a parameter is put into `self`."""
    return any(_kept(code, at) for at in uses(code, function.child_by_field_name("body"), word))


def _outer(at: Any) -> Any:
    while at.parent.type in PASSED or (at.parent.type == "arguments" and _wraps(at.parent.parent)):
        at = at.parent.parent if at.parent.type == "arguments" else at.parent
    return at


def _wraps(call: Any) -> bool:
    """Return whether a call is a variant or a tuple struct, as `Some(x)`."""
    called = call.child_by_field_name("function")
    last = called.child_by_field_name("name") if called.type == "scoped_identifier" else called
    return last is not None and last.type == "identifier" and last.text[:1].isupper()


def _method(arguments: Any) -> Any:
    """Return what is called with these arguments where that is a method, as `self.items.push`; else None."""
    called = arguments.parent.child_by_field_name("function")
    return called if called is not None and called.type == "field_expression" else None


def _gives(code: Statements, at: Any) -> bool:
    if at.parent.type == "token_tree":
        return False
    at = _outer(at)
    above = at.parent
    if above.type == "arguments":
        called = _method(above)
        if called is None:
            return True
        name = code.text(called.child_by_field_name("field"))
        return name in ALTERNATIVES or (name in KEEPS and code.text(called).startswith("self"))
    if above.type == "field_expression":
        return code.text(above.child_by_field_name("field")) not in LOOKS
    return above.type not in ("binary_expression", "macro_invocation")


def _kept(code: Statements, at: Any) -> bool:
    if at.parent.type == "token_tree":
        return False
    at = _outer(at)
    above = at.parent
    if above.type == "arguments":
        called = _method(above)
        if called is None or not re.match(r"self\s*\.", code.text(called)):
            return False
        return code.text(called.child_by_field_name("field")) in KEEPS | {"entry"}
    if above.type in WRITES:
        return above.child_by_field_name("right") == at and code.text(above.child_by_field_name("left")).startswith(
            "self"
        )
    return False
