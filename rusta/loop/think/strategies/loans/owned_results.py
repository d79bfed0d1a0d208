"""A function that returns a borrow of its own variables returns the value itself.

The Book's chapter 4.2 ("Dangling References") and rustc's explanations of E0515 and E0106: `&str` becomes `String`,
`&[T]` becomes `Vec<T>`, `&T` becomes `T`, also within `Option`, `Result` and `Vec`. Every value that the function
returns is changed to fit. Callers see another type, which rustc's next errors are about, if there are any.

Not covered: functions of traits, iterators and types with a lifetime that are returned, and `Cow`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import preorder, uses
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

WRAPS = re.compile(r"(?:[\w:]+::)?(Option|Result|Vec|Box)<")
VIEWS = re.compile(r"(.+)\.(?:as_str|as_ref|as_slice|as_path|borrow|deref|as_bytes|as_deref)\(\)", re.S)
MADE = re.compile(r"(?:[\w:]+::)?(?:Some|Ok|Box::new)\(")
ENDS = re.compile(r"(?:panic|unreachable|todo|unimplemented|bail)!")
STORES = {"push", "push_back", "insert", "push_front", "extend"}


@dataclass(frozen=True)
class Returned:
    """What a function returns: the kind of wrapper around the reference ("" for none), and what it refers to."""

    function: Any
    kind: Any
    wrapper: str
    text: bool


def owned_results(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the owned type with all that is returned, for the first functions that return a borrow of their own."""
    known: set[tuple[str, int]] = set()
    for error in [one for one in situation.errors if one.code in ("E0515", "E0106") and one.primary]:
        place = error.primary
        code = situation.code(place.path) if place else None
        if place and code and (cow := _cow(code, code.node(place.start, place.end))) is not None:
            reason = f"`{code.text(cow.child_by_field_name('arguments'))}` is given away, and not lent"
            if len(known) <= 3:
                known.add((place.path, cow.start_byte))
                yield situation.hypothesis(error, reason, {place.path: _owned_cow(code, cow)}, Cost.NONE)
            continue
        returned = returned_loan(code, code.node(place.start, place.end)) if place and code else None
        if place is None or code is None or returned is None or len(known) > 3:
            continue
        key = (place.path, returned.function.start_byte)
        if key in known or (error.code == "E0106" and not _unrelated(code, returned, error)):
            continue
        known.add(key)
        named = code.text(returned.function.child_by_field_name("name"))
        owned, edits = owned_return(code, returned)
        reason = f"`{named}` gives back a value of its own (`{owned}`), and no loan of what ends with it"
        trade = "callers get a value of their own, of another type"
        yield situation.hypothesis(error, reason, {place.path: edits}, Cost.INTERFACE, trade)


def owned_return(code: Statements, returned: Returned, known: str = "") -> tuple[str, list[Rewrite]]:
    """Return the owned type, and the edits of the signature and of what is returned; `known` is owned already."""
    owned = owned_type(code, returned.kind)
    edits = [instead(returned.kind, owned)]
    for value in _values(returned.function.child_by_field_name("body")):
        if code.text(value) != known:
            edits += owned_value(code, value, returned, returned.wrapper)
    return owned, _apart(edits)


def _cow(code: Statements, node: Any) -> Any:
    """Return the `Cow::Borrowed(…)` that a node is."""
    called = node.child_by_field_name("function") if node.type == "call_expression" else None
    return node if called is not None and code.text(called).endswith("Cow::Borrowed") else None


def _owned_cow(code: Statements, call: Any) -> list[Rewrite]:
    given = call.child_by_field_name("arguments").named_children[0]
    said = code.text(given)
    inner = re.fullmatch(r"&?(\w+)(?:\.as_str\(\)|\[\.\.\])?", said)
    owned = inner[1] if inner else f"{said.removeprefix('&')}.to_owned()"
    function = code.text(call.child_by_field_name("function"))
    return [instead(call, f"{function.removesuffix('Borrowed')}Owned({owned})")]


def returned_loan(code: Statements, node: Any) -> Returned | None:
    """Return what the function around a node returns by reference; None where it cannot be owned instead."""
    function = innermost(node, "function_item")
    closure = innermost(node, "closure_expression", "async_block")
    if function is None or (closure is not None and closure.start_byte > function.start_byte):
        return None
    around = innermost(function.parent, "impl_item", "trait_item")
    if around is not None and (around.type == "trait_item" or around.child_by_field_name("trait") is not None):
        return None
    kind = function.child_by_field_name("return_type")
    references = [at for at in preorder(kind) if at.type == "reference_type"] if kind is not None else []
    if not references or any(one.type == "mutable_specifier" for at in references for one in at.children):
        return None
    if kind.type == "abstract_type" and re.match(r"impl (?:[\w:]+::)?Iterator<", code.text(kind)):
        return Returned(function, kind, "Iterator", code.text(references[0].child_by_field_name("type")) == "str")
    if kind.type not in ("reference_type", "generic_type", "tuple_type"):
        return None
    wrapper = WRAPS.match(code.text(kind)) if kind.type == "generic_type" else None
    if kind.type == "generic_type" and wrapper is None:
        return None
    inner = code.text(references[0].child_by_field_name("type"))
    return Returned(function, kind, wrapper[1] if wrapper else "", inner == "str")


def _unrelated(code: Statements, returned: Returned, error: Diagnostic) -> bool:
    """Return whether a missing lifetime (E0106) is that of what is returned, and no parameter has one to give."""
    place = error.primary
    inside = place is not None and returned.kind.start_byte <= place.start <= returned.kind.end_byte
    return inside and "&" not in code.text(returned.function.child_by_field_name("parameters"))


def owned_type(code: Statements, kind: Any) -> str:
    """Return a type with all references in it replaced by what they refer to."""
    if kind.type == "reference_type":
        inner = kind.child_by_field_name("type")
        said = code.text(inner)
        if inner.type in ("array_type", "slice_type") and ";" not in said:
            return f"Vec<{said.strip('[]').strip()}>"
        return {"str": "String", "Path": "PathBuf", "OsStr": "OsString"}.get(said, said)
    whole = code.text(kind)
    outer = [one for one in preorder(kind) if one.type == "reference_type" and not _in_reference(one, kind)]
    for at in reversed(outer):
        start, end = at.start_byte - kind.start_byte, at.end_byte - kind.start_byte
        raw = whole.encode()
        whole = (raw[:start] + owned_type(code, at).encode() + raw[end:]).decode()
    return whole


def _in_reference(node: Any, within: Any) -> bool:
    above = node.parent
    while above is not None and above != within and above.type != "reference_type":
        above = above.parent
    return above is not None and above != within


def _values(body: Any) -> Iterator[Any]:
    """Yield every expression that a function returns, through `if`, `match` and blocks."""
    todo = [body]
    for at in preorder(body):
        if at.type == "return_expression" and at.named_children and innermost(at, "closure_expression", "function_item",
                                                                           "async_block").type == "function_item":  # fmt: skip
            todo.append(at.named_children[0])
    while todo:
        at = todo.pop()
        if at.type in ("block", "unsafe_block"):
            last = at.named_children[-1] if at.named_children else None
            if last is not None and last.type == "expression_statement" and last.named_children[0].type in (
                "if_expression", "match_expression", "unsafe_block",
            ) and not last.text.endswith(b";"):  # fmt: skip
                todo.append(last.named_children[0])
            elif last is not None and last.type not in ("expression_statement", "let_declaration", "empty_statement"):
                todo.append(last)
        elif at.type == "if_expression":
            todo += [part for name in ("consequence", "alternative") if (part := at.child_by_field_name(name))]
        elif at.type == "else_clause":
            todo += at.named_children
        elif at.type == "match_expression":
            arms = [one for one in at.child_by_field_name("body").named_children if one.type == "match_arm"]
            todo += [value for one in arms if (value := one.child_by_field_name("value")) is not None]
        elif at.type == "parenthesized_expression":
            todo += at.named_children
        elif at.type not in ("return_expression", "line_comment", "block_comment", "loop_expression"):
            yield at


def owned_value(code: Statements, value: Any, returned: Returned, wrapper: str) -> list[Rewrite]:
    """Return the edits that make one returned value owned."""
    said = code.text(value)
    if ENDS.match(said) or said in ("None", "()") or said.startswith("Err(") or value.type in ("break_expression",):
        return []
    if wrapper in ("Option", "Result", "Box"):
        given = value.child_by_field_name("arguments") if value.type == "call_expression" else None
        if given is None or not given.named_children or not MADE.match(said):
            return [after(value, ".map(str::to_owned)" if returned.text else ".cloned()")]
        value, wrapper = given.named_children[0], ""
        said = code.text(value)
    if value.type == "tuple_expression" and not wrapper:
        plain = [one for one in value.named_children if one.type != "tuple_expression"]
        return [edit for one in plain for edit in owned_value(code, one, returned, "")]
    if wrapper == "Iterator":
        step = ".map(str::to_owned)" if returned.text else ".cloned()"
        return [after(value, f"{step}.collect::<Vec<_>>().into_iter()")]
    if wrapper == "Vec":
        return _list(code, value, returned)
    if value.type == "reference_expression":
        inner = value.child_by_field_name("value")
        if inner.type == "index_expression" and code.text(inner).endswith("[..]"):
            inner = inner.named_children[0]
        if inner.type in ("identifier", "macro_invocation", "call_expression", "array_expression"):
            return [instead(value, code.text(inner))]
        return [instead(value, f"{code.text(inner)}.{'to_owned' if '[' in code.text(inner) else 'clone'}()")]
    if view := VIEWS.fullmatch(said):
        if "_lossy(" in view[1]:
            return [instead(value, f"{view[1]}.into_owned()")]
        return [instead(value, view[1] if re.fullmatch(r"\w+|.*[)\]]", view[1], re.S) else f"{view[1]}.clone()")]
    return [after(value, ".to_owned()")]


def _list(code: Statements, value: Any, returned: Returned) -> list[Rewrite]:
    """Return the edits that make a returned list one of owned values: where it is filled, or as a whole."""
    step = ".map(str::to_owned)" if returned.text else ".cloned()"
    if value.type == "identifier":
        edits = []
        declared = None
        for at in preorder(returned.function):
            pattern = at.child_by_field_name("pattern") if at.type == "let_declaration" else None
            if pattern is not None and code.text(pattern) == code.text(value):
                declared = at
        if declared is None or declared.child_by_field_name("value") is None:
            return []
        kind, given = declared.child_by_field_name("type"), declared.child_by_field_name("value")
        if kind is not None:
            edits.append(instead(kind, owned_type(code, kind)))
        edits += _list(code, given, returned) if ".collect" in code.text(given) else []
        for at in uses(code, returned.function.child_by_field_name("body"), code.text(value), declared.end_byte):
            call = at.parent.parent if at.parent.type == "field_expression" else None
            method = code.text(at.parent.child_by_field_name("field")) if call is not None else ""
            if call is not None and call.type == "call_expression" and method in STORES:
                last = call.child_by_field_name("arguments").named_children[-1]
                edits += owned_value(code, last, returned, "") if method != "extend" else [after(last, step)]
        return edits
    called = value.child_by_field_name("function") if value.type == "call_expression" else None
    if called is not None and called.type == "generic_function":
        called = called.child_by_field_name("function")
    if called is not None and called.type == "field_expression" and code.text(called).endswith("collect"):
        return [after(called.child_by_field_name("value"), step)]
    if value.type == "macro_invocation" and code.text(value).replace(" ", "") in ("vec![]", "vec!()"):
        return []
    if re.match(r"(?:Vec::new|Default::default|Vec::with_capacity)\(", code.text(value)):
        return []
    return [after(value, f".into_iter(){step}.collect()")]


def _apart(edits: list[Rewrite]) -> list[Rewrite]:
    """Return the edits without repetitions, and without those that lie within another one."""
    once = list(dict.fromkeys(edits))
    return [
        one for one in once
        if not any(other != one and other.start <= one.start and one.end <= other.end and other.start < other.end
                   and (other.start, other.end) != (one.start, one.end) for other in once)
    ]  # fmt: skip
