"""A value that one way through the code does not give: `if` without `else` (E0317), a variable that is not always set (E0381).

An `if` that gives an `Option` gives `None` otherwise, one of a `Result<(), _>` gives `Ok(())`, a `bool` is `false`; where
statements of the function follow the `if`, its value is returned. A variable begins with the empty value of its type: a
sum with 0, a product with 1, `Vec::new()`. Which value is meant otherwise is a guess, as the trade-off says.

Not covered: references and types without an empty value. Source: rustc --explain E0317 and E0381.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.number_types import FLOATS, INTEGERS
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import innermost, under

EXPECTED = re.compile(r"expected `([^`]+)`, found `\(\)`")
UNSET = re.compile(r"^used binding `(\w+)` (?:is possibly-uninitialized|isn't initialized)")
EMPTY = re.compile(r"^(?:\w+::)*(Vec|String|HashMap|HashSet|BTreeMap|BTreeSet|VecDeque|BinaryHeap)\b")
PRICE = "which value is meant otherwise is a guess: {}"


def other_way(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the values that are missing, of all places at once."""
    rewrites: dict[str, list[Rewrite]] = {}
    told: list[str] = []
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0317", "E0381") else None
        node = code.node(at.start, at.end) if at and code else None
        if at is None or code is None or tested(at.path, node, code):
            continue
        found = _otherwise(error, node, code) if error.code == "E0317" else _begun(error, node, code)
        if found is not None and found[1][0] not in rewrites.get(at.path, []):
            told.append(found[0])
            rewrites.setdefault(at.path, []).extend(found[1])
            first = first or error
    if first is not None:
        said = ", ".join(f"`{one}`" for one in dict.fromkeys(told))
        reason = f"every way through the code has to give a value, and here one gave none: {said}"
        yield situation.hypothesis(first, reason, rewrites, Cost.NONE, PRICE.format(said))


def _otherwise(error: Diagnostic, node: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the value of the missing `else`, and its edits."""
    one = innermost(node, "if_expression")
    shown = [said[1] for span in error.spans if (said := EXPECTED.search(span.label or ""))]
    if one is None or not shown or one.child_by_field_name("alternative") is not None:
        return None
    kind = shown[0]
    function = innermost(one, "function_item", "closure_expression")
    gives = function.child_by_field_name("return_type") if function is not None else None
    if kind.startswith("Result<") or kind == "Result":
        whole = code.text(gives) if gives is not None else ""
        value = "Ok(())" if re.match(r"(?:\w+::)*Result<\s*\(\)", whole) else ""
    else:
        value = _empty(kind)
    return (value, [after(one, f" else {{ {value} }}")]) if value else None


def _empty(kind: str) -> str:
    """Return the empty value of a type, "" where it has none."""
    kind = kind.strip()
    if kind.startswith("Option<") or kind == "Option":
        return "None"
    if kind in INTEGERS or kind in FLOATS or kind in ("bool", "char"):
        return {"bool": "false", "char": "' '"}.get(kind, "0.0" if kind in FLOATS else "0")
    if kind in ("{integer}", "integer"):
        return "0"
    if re.fullmatch(r"&(?:'\w+ )?str", kind):
        return '""'
    return f"{said[1]}::new()" if (said := EMPTY.match(kind)) and said[1] in ("Vec", "String") else (
        "Default::default()" if said else ""
    )  # fmt: skip


def _begun(error: Diagnostic, node: Any, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the value that a variable begins with, and the edits of its `let`."""
    said = UNSET.match(error.message)
    declared = [span for span in error.spans if "declared here" in (span.label or "")]
    let = innermost(code.node(declared[0].start, declared[0].end), "let_declaration") if said and declared else None
    if said is None or let is None or let.child_by_field_name("value") is not None:
        return None
    name, pattern, kind = said[1], let.child_by_field_name("pattern"), let.child_by_field_name("type")
    function = innermost(let, "function_item")
    signs, values = set(), []
    for one in under(function, "assignment_expression", "compound_assignment_expr") if function is not None else ():
        if code.text(one.child_by_field_name("left")) == name:
            mark = one.child_by_field_name("operator")
            signs.add(code.text(mark) if mark is not None else "=")
            values.append(one.child_by_field_name("right"))
    value = _empty(code.text(kind)) if kind is not None else ""
    if not value and kind is None:
        plain = {"integer_literal": "0", "float_literal": "0.0", "boolean_literal": "false", "string_literal": '""'}
        value = next((plain[one.type] for one in values if one.type in plain), "")
        value = value or next(("None" for one in values if code.text(one).startswith("Some(")), "Default::default()")
    if "*=" in signs and value in ("0", "0.0"):
        value = value.replace("0", "1", 1)
    if not value:
        return None
    edits = [after(kind if kind is not None else pattern, f" = {value}")]
    if not any(one.type == "mutable_specifier" for one in let.children):
        edits.append(Rewrite(pattern.start_byte, pattern.start_byte, "mut "))
    return value, edits
