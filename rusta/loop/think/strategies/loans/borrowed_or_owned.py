"""A struct borrows a text that is made on the spot (`&'a str` of `to_lowercase()` or `format!`): E0515, E0716, E0308.

Some values of the field are parts of what is borrowed, and some are new: the field becomes `Cow<'a, str>`, as does the
result of a function whose value goes into it. Every literal of the struct converts its value, and where the field is
passed on it is borrowed. The struct keeps its lifetime, so that signatures stay as they are.

Not covered: tuple structs, enums, and types in a collection. A function's result alone is in `owned_results`.
Source: std, `std::borrow::Cow`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.signatures.distinct_arms import branch_ends
from rusta.tools.declared import attributes_of, bare, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

COW = "std::borrow::Cow"
TEXT = re.compile(r"^&\s*('\w+)\s+str$")
RESULT = re.compile(r"^&\s*('\w+\s+)?str$")
Field = tuple[str, str]  # a struct's name, and its field's


def borrowed_or_owned(situation: Situation) -> Iterator[Hypothesis]:
    """Yield fields, and the functions that make their values, as `Cow`."""
    borrowing = {
        (code.text(struct.child_by_field_name("name")), code.text(one.child_by_field_name("name"))): (path, one, said[1])
        for path, code in situation.sources()
        for one in under(code.root, "field_declaration")
        if (struct := innermost(one, "struct_item")) is not None
        and (said := TEXT.match(code.text(one.child_by_field_name("type")))) and said[1] != "'static"
    }  # fmt: skip
    if not borrowing:
        return
    fields: set[Field] = set()
    owned: dict[tuple[str, int], str] = {}  # values of literals that are new texts
    functions: dict[str, tuple[str, Any, list[Diagnostic]]] = {}
    first = None
    for error in situation.errors:
        at = error.primary
        code = situation.code(at.path) if at and error.code in ("E0515", "E0716", "E0597", "E0308") else None
        if at is None or code is None or tested(at.path, code.node(at.start, at.end), code):
            continue
        if error.code == "E0308" and "expected `&str`, found `String`" not in (at.label or ""):
            continue
        for span in error.spans:
            if span.path != at.path or (error.code != "E0308" and "temporary value" not in (span.label or "")):
                continue
            value = code.node(span.start, span.end)
            while value is not None and value.parent is not None and value.parent.type != "field_initializer":
                value = value.parent if value.type != "function_item" else None
            if value is not None and value.parent is not None and (key := _field_of(value, code)) in borrowing:
                fields.add(key)
                owned[at.path, value.start_byte] = _owned(value, code)
                first = first or error
        function = innermost(code.node(at.start, at.end), "function_item")
        gives = function.child_by_field_name("return_type") if function is not None else None
        if error.code == "E0515" and gives is not None and RESULT.match(code.text(gives)):
            functions.setdefault(code.text(function.child_by_field_name("name")), (at.path, function, []))[2].append(
                error
            )
    rewrites: dict[str, list[Rewrite]] = {}
    for name, (path, function, errors) in functions.items():
        used = [key for key in _fed(situation, name) if key in borrowing]
        code = situation.code(path)
        if used and code:
            fields.update(used)
            first = first or errors[0]
            rewrites.setdefault(path, []).extend(_result(function, errors, code))
    if first is None or not fields:
        return
    for key in fields:
        path, one, life = borrowing[key]
        rewrites.setdefault(path, []).append(instead(one.child_by_field_name("type"), f"{COW}<{life}, str>"))
    for path, code in situation.sources():
        rewrites.setdefault(path, []).extend(_uses(path, fields, owned, functions, code))
    told = ", ".join(f"`{name}.{field}`" for name, field in sorted(fields))
    reason = f"some texts are borrowed and some are made on the spot, and a `Cow` holds both: {told}"
    yield situation.hypothesis(
        first, reason, rewrites, Cost.NONE, "the field's type is different for everybody who uses it"
    )


def _field_of(value: Any, code: Statements) -> Field:
    """Return which field of which struct a literal's value is for."""
    literal = innermost(value, "struct_expression")
    name = bare(code.text(literal.child_by_field_name("name")))
    return (owner_name(code, value) if name == "Self" else name), code.text(value.parent.named_children[0])


def _owned(value: Any, code: Statements) -> str:
    """Return the owned text that an expression borrows."""
    said = code.text(value)
    if value.type == "reference_expression":
        inner = code.text(value.child_by_field_name("value"))
        return re.sub(r"\[\.\.\]$", "", inner)
    if short := re.fullmatch(r"(.*)\.(?:as_str|as_ref|deref|borrow)\(\)", said, re.DOTALL):
        return short[1]
    return said if not re.search(r"\.trim\w*\(|\.strip_\w+\(", said[-30:]) else f"{said}.to_owned()"


def _fed(situation: Situation, name: str) -> Iterator[Field]:
    """Yield the fields that are made from the result of a function."""
    for _, code in situation.sources():
        for call in under(code.root, "call_expression"):
            if (
                re.split(r"\.|::", code.text(call.child_by_field_name("function")))[-1] == name
                and call.parent.type == "field_initializer"
            ):
                yield _field_of(call, code)


def _result(function: Any, errors: list[Diagnostic], code: Statements) -> list[Rewrite]:
    """Return the edits of a function that gives back a `Cow`."""
    gives, body = function.child_by_field_name("return_type"), function.child_by_field_name("body")
    said = RESULT.match(code.text(gives))
    life = (said[1] or "'_").strip() if said else "'_"
    ends = branch_ends(body)
    for one in under(body, "return_expression"):
        if one.named_children and innermost(one, "closure_expression", "function_item") == function:
            ends += branch_ends(one.named_children[0])
    edits = [instead(gives, f"{COW}<{life}, str>")]
    new = [error.primary.start for error in errors if error.primary]
    for end in ends:
        if any(end.start_byte <= at < end.end_byte for at in new):
            edits.append(instead(end, f"{COW}::Owned({_owned(end, code)})"))
        elif not code.text(end).startswith(("panic!", "unreachable!", "todo!")):
            edits += [Rewrite(end.start_byte, end.start_byte, f"{COW}::Borrowed("), after(end, ")")]
    return edits


def _uses(
    path: str, fields: set[Field], owned: dict[tuple[str, int], str], functions: dict[str, Any], code: Statements
) -> Iterator[Rewrite]:
    """Yield the edits of literals of the structs, of places where a field is passed on, and of derives."""
    names = {field for _, field in fields}
    for one in under(code.root, "field_initializer", "shorthand_field_initializer"):
        literal = innermost(one, "struct_expression")
        if literal is None:
            continue
        owner = bare(code.text(literal.child_by_field_name("name")))
        owner = owner_name(code, one) if owner == "Self" else owner
        if one.type == "shorthand_field_initializer":
            if (owner, code.text(one)) in fields:
                yield instead(one, f"{code.text(one)}: {code.text(one)}.into()")
        elif (owner, code.text(one.named_children[0])) in fields:
            value = one.child_by_field_name("value")
            called = (
                re.split(r"\.|::", code.text(value.child_by_field_name("function")))[-1]
                if value.type == "call_expression"
                else ""
            )
            if (path, value.start_byte) in owned:
                yield instead(value, f"{owned[path, value.start_byte]}.into()")
            elif called not in functions:
                tight = value.type in ("identifier", "call_expression", "field_expression", "string_literal")
                yield instead(value, f"{code.text(value)}.into()" if tight else f"({code.text(value)}).into()")
    for one in under(code.root, "field_expression"):
        if (
            code.text(one.child_by_field_name("field")) in names
            and one.parent.type == "arguments"
            and not tested(path, one, code)
        ):
            yield Rewrite(one.start_byte, one.start_byte, "&")
    for struct in under(code.root, "struct_item"):
        if code.text(struct.child_by_field_name("name")) in {name for name, _ in fields}:
            for one in attributes_of(struct):
                if code.text(one).startswith("#[derive") and re.search(r"\bCopy\b", code.text(one)):
                    yield instead(one, re.sub(r",\s*Copy\b|\bCopy\b,?\s*", "", code.text(one)))
