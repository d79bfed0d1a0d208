"""`?` where the function gives back something else: an `Option`, a `Result`, or nothing.

- On a `Result` in a function that returns an `Option`: `.ok()` before it, at all places.
- On an `Option` in a function that returns a `Result`: `.ok_or(..)`, where the crate says which error: as another
  `ok_or` of the same function, else a variant without data, or with one text, of the error type. `String`,
  `Box<dyn Error>` and `io::Error` are made from a text or a kind.
- In a function that returns `()`: it returns `Result<(), Box<dyn Error>>`, ends in `Ok(())`, and every caller hands the
  error on by `?`; not offered where a caller could not.

Not covered: closures, trait methods, functions that are called inside of macros. Source: the Book, ch. 9.2, "Where the
`?` Operator Can Be Used".
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare, declarations, reachable, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost, under

IN_OPTION = "the `?` operator can only be used on `Option`s, not `Result`s"
IN_RESULT = "the `?` operator can only be used on `Result`s, not `Option`s"
NOWHERE = "the `?` operator can only be used in a"
COMPATIBLE = re.compile(r"an error compatible with `.*, ([\w:]+)(?:<.*>)?>`")
ABSENT = re.compile(r"missing|absent|unknown|notfound|^no|none|empty|nothing|invalid", re.IGNORECASE)
BOXED = "Result<(), Box<dyn std::error::Error>>"
TOLD = {  # errors of the standard library, and `anyhow`'s, that are made from a text or a kind
    "String": ".ok_or({})", "Box": ".ok_or({})", "str": ".ok_or({})",
    "Error": ".ok_or(std::io::ErrorKind::NotFound)", "anyhow::Error": ".ok_or_else(|| anyhow::anyhow!({}))",
}  # fmt: skip
MOST = 12  # functions that come to return a `Result`


def asked_elsewhere(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what makes `?` possible where the function returns something else."""
    places = [found for error in situation.errors if error.code == "E0277" and (found := _asked(error, situation))]
    if discarded := [one for one in places if one[0].message.startswith(IN_OPTION)]:
        rewrites: dict[str, list[Rewrite]] = {}
        for error, node in discarded:
            rewrites.setdefault(error.primary.path, []).append(after(node.named_child(0), ".ok()"))  # type: ignore[union-attr]
        reason = "the function returns an `Option`, so a failure is `None`: `.ok()` comes before `?`"
        yield situation.hypothesis(discarded[0][0], reason, rewrites, Cost.SMALL, "why it failed is not told")
    absent = [one for one in places if one[0].message.startswith(IN_RESULT)]
    if absent:
        yield from _absent(absent, situation)
    if any(one[0].message.startswith(NOWHERE) for one in places):
        yield from _returning([one for one in places if one[0].message.startswith(NOWHERE)], situation)


def _asked(error: Diagnostic, situation: Situation) -> tuple[Diagnostic, Any] | None:
    """Return the `?` expression that an error is about."""
    code = situation.code(error.primary.path) if error.primary else None
    if code is None or error.primary is None or not error.message.startswith((IN_OPTION, IN_RESULT, NOWHERE)):
        return None
    node = innermost(code.node(error.primary.start, error.primary.end), "try_expression")
    return None if node is None or tested(error.primary.path, node, code) else (error, node)


def _absent(places: list[tuple[Diagnostic, Any]], situation: Situation) -> Iterator[Hypothesis]:
    """Say which error it is that there is nothing: the choices of all places, the likeliest ones together."""
    types = declarations(situation.sources())
    choices = [_errors(error, node, types, situation) for error, node in places]
    for nth in range(min(3, max(map(len, choices)))):
        rewrites: dict[str, list[Rewrite]] = {}
        said = []
        for (error, node), ways in zip(places, choices, strict=True):
            if ways and error.primary:
                way = ways[min(nth, len(ways) - 1)]
                said.append(way)
                rewrites.setdefault(error.primary.path, []).append(after(node.named_child(0), way))
        if said:
            told = ", ".join(f"`{way}`" for way in dict.fromkeys(said))
            reason = f"the function returns a `Result`, so it is said which error nothing is: {told} before `?`"
            yield situation.hypothesis(
                places[0][0], reason, rewrites, Cost.SMALL, "that this error is the one that is meant is a guess"
            )


def _errors(error: Diagnostic, node: Any, types: dict[str, list[tuple[str, Any]]], situation: Situation) -> list[str]:
    """Return the ways to turn `None` into an error here: those of the same function, then variants without data."""
    path = error.primary.path if error.primary else ""
    code, function = situation.code(path), innermost(node, "function_item")
    if code is None or function is None:
        return []
    told = [code.text(call) for call in under(function, "call_expression") if call.start_byte != node.start_byte]
    found = [said[1] for text in told if (said := re.search(r"(\.ok_or(?:_else)?\((?:[^()]|\([^()]*\))*\))$", text))]
    shown = COMPATIBLE.search(error.primary.label or "") if error.primary else None
    declared = types.get(bare(shown[1]), []) if shown else []
    if len(declared) == 1 and declared[0][1].type == "enum_item":
        where, enum = declared[0]
        other = situation.code(where)
        names = [
            other.text(one.child_by_field_name("name"))
            for one in under(enum, "enum_variant")
            if other is not None and one.child_by_field_name("body") is None
        ]
        near = code.text(function.child_by_field_name("name")).replace("_", "") + code.text(node).lower()
        names.sort(key=lambda one: (one.lower()[:5] not in near, not ABSENT.search(one)))
        owner = reachable(bare(shown[1]), where, path, code) if shown else ""
        found += [f".ok_or({owner}::{name})" for name in names]
        found += _with_text(enum, owner, node, other, code) if other is not None else []
    elif shown and (way := TOLD.get("anyhow::Error" if "anyhow" in shown[1] else bare(shown[1]))):
        found.append(way.format(_words(node.named_child(0), code)))
    return list(dict.fromkeys(found))


def _words(value: Any, code: Statements) -> str:
    """Return the string literal that says which expression gave nothing."""
    said = " ".join(code.text(value).split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"nothing from {said[:60]}"'


def _with_text(enum: Any, owner: str, node: Any, other: Statements, code: Statements) -> list[str]:
    """Return the variants of an error type that hold one text: what was asked for, where that is one argument."""
    value = node.named_child(0)
    given = value.child_by_field_name("arguments") if value.type == "call_expression" else None
    asked = (
        [one for one in given.named_children if one.type in ("identifier", "field_expression")]
        if given is not None
        else []
    )
    text = f"{code.text(asked[0])}.to_string()" if len(asked) == 1 else f"{_words(value, code)}.to_string()"
    held = [(one, one.child_by_field_name("body")) for one in under(enum, "enum_variant")]
    return [
        f".ok_or_else(|| {owner}::{other.text(one.child_by_field_name('name'))}({text}))"
        for one, body in held
        if body is not None and other.text(body) == "(String)"
    ]


def _returning(places: list[tuple[Diagnostic, Any]], situation: Situation) -> Iterator[Hypothesis]:
    """Let the functions return a `Result`, and their callers hand it on."""
    functions: dict[str, tuple[str, Any]] = {}
    for error, node in places:
        function = innermost(node, "function_item", "closure_expression", "async_block")
        if function is None or error.primary is None or function.type != "function_item":
            return
        code = situation.code(error.primary.path)
        if code is None or function.child_by_field_name("return_type") is not None:
            return
        functions[code.text(function.child_by_field_name("name"))] = (error.primary.path, function)
    calls: dict[str, list[tuple[str, Any]]] = {}
    for path, code in situation.sources():
        for call in under(code.root, "call_expression"):
            named = code.text(call.child_by_field_name("function"))
            calls.setdefault(re.split(r"\.|::", named)[-1], []).append((path, call))
    rewrites: dict[str, list[Rewrite]] = {}
    given: set[str] = set()  # what callers return that are fallible already
    todo = list(functions)
    while todo:
        name = todo.pop()
        path, function = functions[name]
        code = situation.code(path)
        impl = innermost(function, "impl_item")
        if code is None or (impl is not None and impl.child_by_field_name("trait") is not None):
            return
        for where, call in calls.get(name, ()):
            other = situation.code(where)
            caller = innermost(call, "function_item", "closure_expression", "async_block")
            if other is None or caller is None or call.parent.type != "expression_statement":
                return  # its value is used, or it cannot be handed on
            rewrites.setdefault(where, []).append(after(call, "?"))
            kind = caller.child_by_field_name("return_type")
            if kind is None and caller.type == "function_item" and len(functions) < MOST:
                again = other.text(caller.child_by_field_name("name"))
                if tested(where, caller, other):
                    return
                if again not in functions:
                    functions[again] = (where, caller)
                    todo.append(again)
            elif kind is None or "Result" not in other.text(kind):
                return
            else:
                given.add(_without_value(other.text(kind)) if where == path else BOXED)
    kind = given.pop() if len(given) == 1 else BOXED
    for path, function in functions.values():
        if code := situation.code(path):
            rewrites.setdefault(path, []).extend(_fallible(function, kind, code))
    said = ", ".join(f"`{name}`" for name in functions)
    reason = f"what uses `?` has to return a `Result`: {said} does, and its callers hand the error on"
    yield situation.hypothesis(places[0][0], reason, rewrites, Cost.INTERFACE, "callers have to deal with the error")


def _without_value(kind: str) -> str:
    """Return a `Result` type with `()` for its value: `io::Result<Vec<u8>>` is `io::Result<()>`."""
    head, _, rest = kind.partition("<")
    depth = 0
    for at, sign in enumerate(rest):
        if sign in "<([":
            depth += 1
        elif sign in ">)]" and depth:
            depth -= 1
        elif not depth and sign in ",>":
            return f"{head}<(){rest[at:]}"
    return BOXED


def _fallible(function: Any, kind: str, code: Statements) -> list[Rewrite]:
    """Return the edits that let a function without a value return a `Result`."""
    body = function.child_by_field_name("body")
    edits = [after(function.child_by_field_name("parameters"), f" -> {kind}")]
    for early in under(body, "return_expression"):
        if not early.named_children and innermost(early.parent, "closure_expression", "function_item") == function:
            edits.append(instead(early, "return Ok(())"))
    inside = [one for one in body.named_children if one.type not in ("line_comment", "block_comment")]
    last = inside[-1] if inside else None
    if last is not None:
        ended = last.type in ("expression_statement", "let_declaration") or last.type.endswith("_item")
        open_call = not ended and last.type not in BLOCKS
        line = code.source[code.source.rfind(b"\n", 0, last.start_byte) + 1 : last.start_byte]
        gap = "\n" + line.decode() if not line.strip() else " "
        edits.append(after(last, f"{';' if open_call else ''}{gap}Ok(())"))
    return edits


BLOCKS = ("for_expression", "while_expression", "loop_expression", "if_expression", "match_expression", "block")
