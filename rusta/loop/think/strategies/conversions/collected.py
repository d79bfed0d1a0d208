"""What an iterator is collected or summed into does not fit its items (E0277).

rustc names both: "a value of type `Vec<T>` cannot be built from an iterator over elements of type `Result<T, E>`". By
what the items are:

- `Result` or `Option`, in a function that returns one: collected into a `Result` or an `Option`, with `?` after it; in
  a function that returns a plain value: `.flatten()`, which leaves out what failed;
- plain values where a `Result` or an `Option` is expected: the whole is put into `Ok` or `Some`;
- references to the values, other numbers, `&str` for `String`: converted one by one before they are collected.

All places are changed together. Not covered: pairs for maps, items that need a call of the crate's own.
Source: std, `FromIterator for Result`, `Sum for Result`; Rust by Example, "Iterating over Results".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import NUMBERS, SIMPLE, cast, cost_of, lossless
from rusta.tools.declared import bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import innermost

BUILT = re.compile(
    r"a value of type `(?P<whole>.+)` cannot be built from an iterator over elements of type `(?P<of>.+)`"
)
SUMMED = re.compile(
    r"a value of type `(?P<whole>.+)` cannot be made by (?:summing|multiplying) .* of type `(?P<of>.+?)`"
)
ITEM = re.compile(r"for that trait implementation, expected `(?P<to>.+)`, found `(?P<of>.+)`")
PLAIN = {"Ok": "Result", "Some": "Option"}
TEXTS = {("&str", "String"): ".map(str::to_owned)", ("char", "String"): ".map(String::from)"}


@dataclass(frozen=True)
class Gathering:
    """One `collect`, `sum` or `product`: the items that come (`of`), those that are wanted (`to`), and the whole."""

    error: Diagnostic
    path: str
    call: Any
    of: str
    to: str
    whole: str


def fitting_items(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the change at every place where an iterator's items do not fit what they are fitting_items into."""
    places = [place for error in situation.errors if error.code == "E0277" for place in _places(error, situation)]
    rewrites: dict[str, list[Rewrite]] = {}
    said, costs = [], []
    for place in places:
        code = situation.code(place.path)
        way = _way(place, code) if code else None
        if way:
            reason, price, edits = way
            said.append(reason)
            costs.append(price)
            rewrites.setdefault(place.path, []).extend(edits)
    if rewrites:
        told = "; ".join(dict.fromkeys(said))
        price = next((one for one in costs if one), "")
        yield situation.hypothesis(places[0].error, told, rewrites, Cost.SMALL, price)


def _places(error: Diagnostic, situation: Situation) -> Iterator[Gathering]:
    at, said = error.primary, BUILT.match(error.message) or SUMMED.match(error.message)
    code = situation.code(at.path) if at else None
    if at is None or code is None or said is None:
        return
    call = code.node(at.start, at.end)
    while call is not None and not (call.type == "call_expression" and _method(call, code)):
        call = call.parent
    if call is None or tested(at.path, call, code):
        return
    items = [found for child in error.children if (found := ITEM.search(child.message))]
    to = items[0]["to"] if items else said["whole"] if SUMMED.match(error.message) else ""
    of = items[0]["of"] if items else said["of"]
    if to:
        yield Gathering(error, at.path, call, of, to, said["whole"])


def _method(call: Any, code: Statements) -> Any:
    """Return the name of the method where a call is a `collect`, `sum` or `product`."""
    function = call.child_by_field_name("function")
    if function.type == "generic_function":
        function = function.child_by_field_name("function")
    named = function.child_by_field_name("field") if function.type == "field_expression" else None
    return named if named is not None and code.text(named) in ("collect", "sum", "product") else None


def _way(place: Gathering, code: Statements) -> tuple[str, str, list[Rewrite]] | None:
    """Return the reason, the cost and the edits for one place."""
    name = _method(place.call, code)
    value = name.parent.child_by_field_name("value")
    kind = bare(place.of)
    if kind in ("Result", "Option") and bare(place.to) != kind:
        function = innermost(place.call, "function_item", "closure_expression", "async_block")
        returned = function.child_by_field_name("return_type") if function is not None else None
        shown = code.text(returned) if returned is not None else ""
        if bare(shown) == kind or (function is not None and function.type != "function_item" and not shown):
            return _fallible(place, name, kind, shown, code)
        if bare(shown) == "Option" and kind == "Result":
            reason, _, edits = _fallible(place, name, kind, "", code)
            edits = [Rewrite(one.start, one.end, one.text.replace("?", ".ok()?")) for one in edits]
            return reason, "why it failed is not told", edits
        reason = f"each item is {_article(kind)} `{kind}` by itself: `.flatten()` takes the values that are there"
        return reason, "what failed is left out without a word", [after(value, ".flatten()")]
    wrapper = next((one for one, outer in PLAIN.items() if bare(place.to) == bare(place.whole) == outer), None)
    if wrapper and kind != bare(place.to):
        start, end = place.call.start_byte, place.call.end_byte
        edits = [Rewrite(start, start, f"{wrapper}("), Rewrite(end, end, ")")]
        return f"no item can fail here: what is collected is put into `{wrapper}`", "", edits
    if (lent := _lent(place, value, code)) is not None:
        return f"the items are borrowed where they are, since `{place.to}` is wanted", "", [lent]
    if (steps := _steps(place.of, place.to)) is not None:
        text, price = steps
        return f"the items are `{place.of}`, and `{place.to}` is wanted: `{text[1:]}`", price, [after(value, text)]
    return None


def _lent(place: Gathering, value: Any, code: Statements) -> Rewrite | None:
    """Return the edit that borrows what the last `map` would move out of each item: `|one| &one.name`."""
    wanted = re.fullmatch(r"&(?:'\w+ )?(.+)", place.to)
    if wanted is None or ((place.of, wanted[1]) != ("String", "str") and place.of != wanted[1]):
        return None
    function = value.child_by_field_name("function") if value.type == "call_expression" else None
    closure = next(iter(value.child_by_field_name("arguments").named_children), None) if function is not None else None
    body = closure.child_by_field_name("body") if closure is not None and closure.type == "closure_expression" else None
    if (
        body is None
        or not code.text(function).endswith(".map")
        or body.type not in ("field_expression", "index_expression")
    ):
        return None
    return after(body, ".as_str()") if place.of == "String" and wanted[1] == "str" else Rewrite(
        body.start_byte, body.start_byte, "&")  # fmt: skip


def _fallible(place: Gathering, name: Any, kind: str, shown: str, code: Statements) -> tuple[str, str, list[Rewrite]]:
    """Collect into a `Result` or an `Option`, and hand on what failed."""
    asked = name.parent.parent.child_by_field_name("type_arguments")
    inner = code.text(asked)[1:-1] if asked is not None else "_" if code.text(name) == "collect" else place.whole
    fails = shown.rpartition(",")[2].strip().removesuffix(">") if "_>" in place.of and "," in shown else "_"
    outer = f"Option<{inner}>" if kind == "Option" else f"Result<{inner}, {fails or '_'}>"
    if re.search(r"\btype Result\b|\buse [^;]{0,200}\bResult\b", code.text(code.root)[:20000]) and kind == "Result":
        outer = f"std::result::{outer}"
    end = asked.end_byte if asked is not None else name.end_byte
    edits = [Rewrite(name.end_byte, end, f"::<{outer}>"), after(place.call, "?")]
    reason = (
        f"each item may fail, so the whole is {_article(kind)} `{kind}`: `{code.text(name)}` builds it, and `?` follows"
    )
    return reason, "the first failure ends it", edits


def _article(kind: str) -> str:
    return "an" if kind == "Option" else "a"


def _steps(of: str, to: str) -> tuple[str, str] | None:
    """Return the calls that turn one item into another, and what they give up."""
    if found := TEXTS.get((of, to)):
        return found, "a copy is made of each"
    referred = re.fullmatch(r"&(?:'\w+ )?(?:mut )?(?P<to>.+)", of)
    bared = referred["to"] if referred else of
    first = "" if not referred else ".copied()" if bared in SIMPLE else ".cloned()"
    if bared == to and referred:
        return first, "" if bared in SIMPLE else "a copy is made of each"
    if bared in NUMBERS and to in NUMBERS:
        step = f".map({to}::from)" if lossless(bared, to) else f".map(|one| {cast('one', bared, to, simple=True)})"
        return first + step, cost_of(bared, to)
    return None
