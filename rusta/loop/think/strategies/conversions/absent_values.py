"""An `Option` or a `Result` is used as what is in it: a field or a method of the content (E0609, E0599), a pattern (E0308).

The value is opened where the variable is bound, so that all its uses fit: by `?` where the function gives back the same,
by `let Some(x) = value else { return false; }` in a function that gives back a `bool` or nothing, by `.ok_or(..)?` with an
error that the function gives back elsewhere; else by `.unwrap()`. `get_mut(key).or_insert(..)` is `entry(key)`. What is
parsed into an `Option` is parsed and put into `Some` (E0277). A `Weak` is upgraded first.

Not covered: what several variables hold. Source: the Book, ch. 9.2 and 6.3.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.type_conversions import plain, type_shape
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, opened, under

FIELD = re.compile(r"^no field `\w+` on type `(?P<type>[^`]+)`")
METHOD = re.compile(r"^no method named `(?P<name>\w+)` found for [\w ]+ `(?P<type>[^`]+)`")
PARSED = re.compile(r"^the trait bound `(?:\w+::)*Option<.*>: (?:\w+::)*FromStr` is not satisfied")
HOLDS = re.compile(r"this expression has type `(?P<type>[^`]+)`")
ENTRIES = {"or_insert", "or_insert_with", "or_default", "and_modify"}
Opening = tuple[str, list[Rewrite], Cost]


def absent_values(situation: Situation) -> Iterator[Hypothesis]:
    """Yield how each value is opened where it is bound, all places at once."""
    done: set[tuple[str, int]] = set()
    places: list[tuple[Diagnostic, str, list[Opening]]] = []
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0609", "E0599", "E0308", "E0277") else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or node is None or tested(at.path, node, code):
            continue
        if node.type == "identifier" and innermost(node, "token_tree"):
            node = opened(code).node(at.start, at.end)
        ways = _ways(error, node, code)
        if ways and (at.path, ways[0][1][0].start) not in done:
            done.add((at.path, ways[0][1][0].start))
            places.append((error, at.path, ways))
    for nth in range(max((len(ways) for *_, ways in places), default=0)):
        edits: dict[str, list[Rewrite]] = {}
        told, cost = [], Cost.NONE
        for _, path, ways in places:
            text, rewrites, price = ways[min(nth, len(ways) - 1)]
            edits.setdefault(path, []).extend(rewrites)
            told.append(f"`{text}`")
            cost = max(cost, price)
        reason = f"what may be absent is opened before it is used: {', '.join(dict.fromkeys(told))}"
        yield situation.hypothesis(places[0][0], reason, edits, cost)


def _ways(error: Diagnostic, node: Any, code: Statements) -> list[Opening]:
    if error.code == "E0277":
        if not PARSED.match(error.message):
            return []
        whole = innermost(node, "call_expression")
        if whole is not None and whole.parent.type == "try_expression":
            whole = whole.parent
        return [("Some(..)", [instead(whole, f"Some({code.text(whole)})")], Cost.NONE)] if whole is not None else []
    if error.code == "E0308":
        let = innermost(node, "let_declaration")
        holds = next((said for span in error.spans if (said := HOLDS.match(span.label or ""))), None)
        if holds is None or let is None or let.child_by_field_name("alternative") is not None:
            return []
        return _opened(let, type_shape(holds["type"])[0], code) if node.type.endswith("pattern") else []
    said = FIELD.match(error.message) or METHOD.match(error.message)
    if said is None or node.type != "field_identifier":
        return []
    value, kind = node.parent.child_by_field_name("value"), plain(said["type"]).lstrip("&")
    if kind.startswith("Weak<"):
        return [(".upgrade().unwrap()", [after(value, ".upgrade().unwrap()")], Cost.RUNTIME)]
    name = type_shape(kind)[0] if "<" in kind else kind
    if name not in ("Option", "Result"):
        return []
    if code.text(node) in ENTRIES and value.type == "call_expression":
        called = value.child_by_field_name("function")
        field = called.child_by_field_name("field") if called.type == "field_expression" else None
        if field is not None and code.text(field) in ("get", "get_mut"):
            return [("entry", [instead(field, "entry"), *_owned_key(value, code)], Cost.NONE)]
    let = bound_by(value, code) if value.type == "identifier" else None
    if let is not None:
        return _opened(let, name, code)
    function = innermost(node, "function_item", "closure_expression")
    gives = function.child_by_field_name("return_type") if function is not None else None
    asked = (
        [("?", [after(value, "?")], Cost.SMALL)]
        if gives is not None and type_shape(code.text(gives))[0] == name
        else []
    )
    return [*asked, (".unwrap()", [after(value, ".unwrap()")], Cost.RUNTIME)]  # type: ignore[list-item]


def _owned_key(call: Any, code: Statements) -> list[Rewrite]:
    """Return the edit of a key that is borrowed, as `entry` takes it."""
    given = call.child_by_field_name("arguments").named_children
    if len(given) == 1 and given[0].type == "reference_expression":
        return [instead(given[0], f"{code.text(given[0].child_by_field_name('value'))}.clone()")]
    return []


def bound_by(name: Any, code: Statements) -> Any:
    """Return the `let` that binds a name, the last one before it."""
    function = innermost(name, "function_item")
    found = None
    for let in under(function, "let_declaration"):
        pattern = let.child_by_field_name("pattern")
        if let.end_byte <= name.start_byte and code.text(pattern).removeprefix("mut ") == code.text(name):
            found = let
    return found


def _opened(let: Any, name: str, code: Statements) -> list[Opening]:
    """Return how a `let` opens what it is given."""
    value, pattern = let.child_by_field_name("value"), let.child_by_field_name("pattern")
    function = innermost(let, "function_item", "closure_expression")
    gives = function.child_by_field_name("return_type") if function is not None else None
    result = code.text(gives) if gives is not None else ""
    if value is None or name not in ("Option", "Result") or let.child_by_field_name("alternative") is not None:
        return []
    ways: list[Opening] = []
    outer = type_shape(result)[0]
    if outer == name:
        ways.append(("?", [after(value, "?")], Cost.NONE))
    elif outer == "Result" and name == "Option":
        errors = [
            code.text(one.child_by_field_name("arguments"))
            for one in under(function, "call_expression")
            if code.text(one.child_by_field_name("function")) == "Err"
        ]
        ways += [(f".ok_or{one}?", [after(value, f".ok_or{one}?")], Cost.SMALL) for one in dict.fromkeys(errors)][:2]
    elif outer == "Option" and name == "Result":
        ways.append((".ok()?", [after(value, ".ok()?")], Cost.SMALL))
    elif result in ("", "bool") and function is not None and function.type == "function_item":
        opens = "Some" if name == "Option" else "Ok"
        leaves = "return false" if result else "return"
        text = f"let {opens}({code.text(pattern)}) = {code.text(value)} else {{ {leaves}; }};"
        ways.append((f"else {{ {leaves} }}", [instead(let, text)], Cost.NONE))
    ways.append((".unwrap()", [after(value, ".unwrap()")], Cost.RUNTIME))
    return ways
