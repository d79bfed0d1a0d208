"""A closure that outlives its function owns what it uses: it is given copies that are made before it.

The Book's chapter 16.1 and rustc's explanations of E0373 and E0521: a thread, a task or a returned closure must not hold
references to a caller's variables. The closure becomes `move`; what it uses of `self` becomes variables with copies of
those fields (`Arc::clone` where the field is an `Arc`), and so does what it has by reference. A variable that is used
afterwards, or in the next iteration of a loop, is cloned for the closure. Where methods of `self` are called, `self` is
cloned as a whole.

Not covered: closures that change a field of `self`, or a variable by `&mut`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import POINTERS, CrateTypes, crate_types, owner_name
from rusta.loop.think.strategies.loans.escapes import Captured, Escape, captured, escapes
from rusta.loop.think.strategies.loans.name_uses import (
    bound_names,
    by_reference,
    field_steps,
    in_format,
    indent_of,
    is_changed,
    preorder,
    unused,
    uses,
)
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost

REFERENCE = re.compile(r"&(?:'\w+ )?(?P<mut>mut )?(?P<inner>.+)", re.S)
HANDLES = re.compile(r"(?:[\w:]+::)?(?:Sync)?Sender<|(?:[\w:]+::)?(?:Arc|Rc)<")
PLAIN = ("integer_literal", "float_literal", "boolean_literal", "char_literal")


def owned_captures(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the copies for the first closures that outlive what they use."""
    found = list(escapes(situation))[:3]
    types = crate_types(situation) if found else CrateTypes()
    for escape in found:
        copies = _copies(escape, types)
        if copies is None:
            continue
        lines, rewrites, cloned = copies
        edits = [*rewrites, *_placed(escape, lines)]
        names = ", ".join(f"`{one.split(' ')[1]}`" for one in lines)
        reason = (
            f"the closure outlives the function, so that it owns what it uses{': copies are ' + names if names else ''}"
        )
        whole = {escape.path: edits}
        if cloned and cloned not in types.cloned and (derive := _derived(situation, cloned)) is not None:
            whole.setdefault(derive[0], []).append(derive[1])
        cost = Cost.INTERFACE if cloned else Cost.SMALL
        yield situation.hypothesis(escape.errors[0], reason, whole, cost)


def _copies(escape: Escape, types: CrateTypes) -> tuple[list[str], list[Rewrite], str] | None:
    """Return the `let`s of the copies, the edits of the closure, and the type of `self` where it is cloned."""
    code, body = escape.code, escape.body
    lines: list[str] = []
    rewrites: list[Rewrite] = []
    cloned = ""
    owner = owner_name(code, escape.closure)
    selves = uses(code, body, "self")
    fields = [_field(code, at, types, owner) for at in selves]
    if any(one is not None and one[1] == "=" for one in fields):
        return None
    if any(one is None for one in fields):
        this = unused(code, escape.function, "this", set())
        lines, cloned = [f"let {this} = self.clone();"], owner
        rewrites = [instead(at, this) for at in selves]
    else:
        called: dict[str, str] = {}
        for at, one in zip(selves, fields, strict=True):
            if one is None:
                continue
            end, kind, path = one
            if path not in called:
                short = path.split(".")[-1]
                short = unused(
                    code, escape.function, short if short.isidentifier() else f"part_{short}", set(called.values())
                )
                called[path] = short
                lines.append(f"let {short} = {types.copy(f'self.{path}', kind)};")
            rewrites.append(Rewrite(at.start_byte, end, called[path]))
    for one in captured(escape):
        places = uses(code, body, one.name)
        if any(is_changed(code, at) for at in places):
            return None
        reference = REFERENCE.fullmatch(one.kind)
        if reference is not None:
            if reference["mut"]:
                return None
            lines.append(f"let {one.name} = {_owned(one.name, reference['inner'], types)};")
            if not HANDLES.match(reference["inner"]):
                rewrites += [edit for at in places if (edit := by_reference(code, at, one.name))]
        elif _derived_from(escape, one):
            lines.append(f"let {one.name} = {one.name}.to_owned();")
            rewrites += [edit for at in places if (edit := by_reference(code, at, one.name))]
        elif _used_again(escape, one):
            pointer = POINTERS.match(one.kind) or (
                one.value and re.match(r"(?:\w+::)*(Arc|Rc)::", code.text(one.value))
            )
            lines.append(
                f"let {one.name} = {f'{pointer[1]}::clone(&{one.name})' if pointer else f'{one.name}.clone()'};"
            )
    if not lines and escape.moves:
        return None
    return lines, rewrites, cloned


def _field(code: Statements, at: Any, types: CrateTypes, owner: str) -> tuple[int, str, str] | None:
    """Return where the place `self.a.b` ends that a use of `self` is part of, its type and `a.b`; None for a method.

    A path ends at the first field that can be shared by a clone. The type is `=` where the field is changed.
    """
    path, kind, end = list[str](), owner, at
    for name, node in field_steps(code, at):
        end = node
        path.append(name)
        kind = types.fields.get(kind, {}).get(name, "")
        if HANDLES.match(kind):
            break
    if not path:
        return None
    return end.end_byte, "=" if is_changed(code, end) else kind, ".".join(path)


def _owned(name: str, inner: str, types: CrateTypes) -> str:
    if (copy := types.copy(f"*{name}", inner)) == f"*{name}":
        return copy
    if pointer := POINTERS.match(inner):
        return f"{pointer[1]}::clone({name})"
    if inner == "str" or inner.endswith("Path") or inner.endswith("OsStr"):
        return f"{name}.to_owned()"
    return f"{name}.to_vec()" if inner.startswith("[") and ";" not in inner else f"{name}.clone()"


def _derived_from(escape: Escape, one: Captured) -> bool:
    """Return whether a variable without a written type holds a part of something that the function has by reference."""
    if one.kind or one.value is None:
        return False
    code = escape.code
    said = code.text(one.value)
    pattern = one.declared.child_by_field_name("pattern") or one.declared.child_by_field_name("parameters")
    numbered = re.search(r"\.enumerate\(\)(?:\.\w+)?$", said) is not None
    if pattern is not None and numbered and (bound_names(code, pattern) or [""])[0] == one.name:
        return False
    if re.search(
        r"\.(?:clone|to_owned|to_string|to_vec|cloned|copied|collect(?:::<[^()]*>)?|len|count|sum|into_iter)\(\)", said
    ):
        return False
    lent = [
        code.text(given.child_by_field_name("pattern"))
        for given in escape.function.child_by_field_name("parameters").named_children
        if given.type == "parameter" and given.child_by_field_name("type").type == "reference_type"
    ]
    first = re.match(r"&?\s*(\w+)", said)
    walked = one.declared is not None and one.declared.type in ("for_expression", "closure_expression", "let_condition")
    borrowed = said.startswith("&") or (
        walked and re.search(r"\.(?:iter|keys|values|chunks|windows|get|first|last)\(", said)
    )
    views = re.search(
        r"\.(?:trim\w*|split\w*|lines|strip_\w+|as_\w+|get|first|last|iter|keys|values|next|nth|unwrap_or)\(", said
    )
    return bool(borrowed or (first is not None and (first[1] in (*lent, "self")) and (views or walked)))


def _used_again(escape: Escape, one: Captured) -> bool:
    """Return whether a variable is used after the closure, or in the next iteration of a loop around the closure."""
    code, closure = escape.code, escape.closure
    if one.value is not None and one.value.type in PLAIN:
        return False
    loop = innermost(closure.parent, "for_expression", "while_expression", "loop_expression", "closure_expression")
    outside = loop is not None and one.declared is not None and loop.start_byte > one.declared.start_byte
    if outside and loop.start_byte >= escape.function.start_byte:
        return True
    scope = (
        one.declared.parent if one.declared is not None and one.declared.type == "let_declaration" else escape.function
    )
    return bool(uses(code, scope, one.name, closure.end_byte)) or _said_after(code, scope, one.name, closure.end_byte)


def _said_after(code: Statements, scope: Any, name: str, since: int) -> bool:
    return any(
        in_format(code, at, name) for at in preorder(scope) if at.type == "macro_invocation" and at.start_byte >= since
    )


def _placed(escape: Escape, lines: list[str]) -> list[Rewrite]:
    """Return the edits that put the copies before the closure's statement, or in a block around the closure.

    A block is needed where a name goes on to be used, or is known in an outer closure only.
    """
    code, closure = escape.code, escape.closure
    move = "" if escape.moves else "move "
    start = closure.start_byte
    if closure.type == "async_block" and move:
        start, move = start + len("async"), " move"
    edits = [Rewrite(start, start, move)] if move else []
    if not lines:
        return edits
    statement = code.statement(closure)
    names = [line.split(" ")[1] for line in lines]
    around = innermost(closure.parent, "closure_expression", "async_block", "function_item", "match_arm")
    inner = statement is None or (around is not None and around.start_byte > statement.start_byte)
    again = inner or any(
        at.start_byte < closure.start_byte or at.end_byte > closure.end_byte
        for name in names
        for at in uses(code, statement.parent, name, statement.start_byte)
    )
    if not again:
        indent = indent_of(code, statement)
        return [*edits, code.before(statement, f"\n{indent}".join(lines))]
    indent = indent_of(code, closure)
    body = "".join(f"\n{indent}    {line}" for line in lines)
    head = f"{{{body}\n{indent}    "
    if edits and edits[0].start == closure.start_byte:
        head, edits = head + edits[0].text, []
    return [
        Rewrite(closure.start_byte, closure.start_byte, head), *edits,
        Rewrite(closure.end_byte, closure.end_byte, f"\n{indent}}}"),
    ]  # fmt: skip


def _derived(situation: Situation, owner: str) -> tuple[str, Rewrite] | None:
    """Return the edit that derives `Clone` for a type; None where it is implemented by hand or not found."""
    for path, code in situation.sources():
        for at in preorder(code.root):
            name = at.child_by_field_name("name") if at.type in ("struct_item", "enum_item") else None
            if name is not None and code.text(name) == owner:
                return path, code.before(at, "#[derive(Clone)]")
    return None
