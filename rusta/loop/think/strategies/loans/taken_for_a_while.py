"""A field is taken out of `self` while methods of `self` run on what it has, and put back afterwards.

The documentation of `std::mem::take` and `Option::take`: an empty value stays in the field's place. This is for a loop
over a field, and for `if let Some(x) = &mut self.field`. It keeps the meaning only where nothing that runs in between
looks at the field: the functions of the crate that may be called, by name, are read for it, and where one of them names
the field this is not proposed. What a closure or another crate's code is given `self` for cannot be read; the trade-off
says so.

Not covered: bodies that leave by `?` or to an outer label, and fields of types without `Default`.
"""

import re
from collections.abc import Iterator
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.crate_types import owner_name
from rusta.loop.think.strategies.loans.loan_labels import LoanSite, apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import by_reference, field_steps, indent_of, preorder, unused, uses
from rusta.loop.think.strategies.loans.walks import Walk, walks
from rusta.tools.statements import MOVABLE, Rewrite, Statements, after, instead
from rusta.tools.syntax_walk import innermost

CALLED = re.compile(r"\b([a-z_]\w*)\s*(?:::<[^()]*>)?\(")
LENT = re.compile(r"^&(mut )?|\.(as_mut|as_ref)\(\)$")


def taken_for_a_while(situation: Situation) -> Iterator[Hypothesis]:
    """Yield, for the first loans of fields, the field taken out and put back."""
    sites = list(loan_sites(situation))
    bodies: dict[str, list[tuple[str, str]]] | None = None
    found = [*((walk.site, _loop(walk), walk.body) for walk in walks(iter(sites)))]
    found += [(site, _option(site, branch), branch.child_by_field_name("consequence"))
              for site in apart(iter(sites)) if (branch := _branch(site)) is not None]  # fmt: skip
    for site, edits, body in found:
        if edits is None:
            continue
        place, rewrites = edits
        bodies = bodies if bodies is not None else _bodies(situation)
        seen = _looks(site.code, body, place, bodies)
        if seen is None:
            continue
        said = site.code.text(place)
        reason = (
            f"`{said}` is taken out while its parts are used, and put back, so that nothing of `self` stays borrowed"
        )
        trade = f"until then `{said}` is empty" + (", for whoever is given the rest as well" if seen else "")
        yield situation.hypothesis(site.error, reason, {site.path: rewrites}, Cost.SMALL, trade)


def _place(value: Any) -> Any:
    """Return the field that an expression begins with, as `self.a.b`; None where there is no field."""
    while value is not None and value.type in ("call_expression", "reference_expression", "field_expression"):
        if value.type == "field_expression":
            root = value
            while root.type == "field_expression":
                root = root.child_by_field_name("value")
            if root.type in ("self", "identifier"):
                return value
        step = {"call_expression": "function"}.get(value.type, "value")
        inner = value.child_by_field_name(step)
        value = inner.child_by_field_name("value") if value.type == "call_expression" and inner is not None else inner
    return None


def _leaves(body: Any) -> list[Any] | None:
    """Return the `return`s of a body; None where it leaves in a way that would not put back."""
    found = []
    todo = [body]
    while todo:
        at = todo.pop()
        if at.type in ("closure_expression", "async_block", "function_item"):
            continue
        if at.type in ("try_expression", "await_expression") or (
            at.type in ("break_expression", "continue_expression") and any(one.type == "label" for one in at.children)
        ):
            return None
        if at.type == "return_expression":
            found.append(at)
        todo += at.children
    return found


def _loop(walk: Walk) -> tuple[Any, list[Rewrite]] | None:
    code, place = walk.site.code, _place(walk.value)
    statement = code.statement(walk.whole)
    leaves = _leaves(walk.body if walk.loops else statement) if statement is not None else None
    if place is None or statement is None or leaves is None or (leaves and not walk.loops):
        return None
    said = code.text(place)
    name = unused(code, walk.function, code.text(place.child_by_field_name("field")), set())
    if not name.isidentifier():
        return None
    mutable = "mut " if re.search(r"&mut\b|_mut\(|\bdrain\(", code.text(walk.value)) else ""
    indent = indent_of(code, statement)
    edits = [
        code.before(statement, f"let {mutable}{name} = std::mem::take(&mut {said});"),
        instead(place, name),
        after(statement, f"\n{indent}{said} = {name};"),
    ]
    if not walk.loops and statement.type not in MOVABLE:  # the value of the block
        result = unused(code, walk.function, "result", set())
        taken = f"let {mutable}{name} = std::mem::take(&mut {said});\n{indent}let {result} = "
        edits[0] = Rewrite(statement.start_byte, statement.start_byte, taken)
        edits[2] = after(statement, f";\n{indent}{said} = {name};\n{indent}{result}")
    for one in leaves:
        if one.parent.type != "expression_statement":
            return None
        given = one.named_children[0] if one.named_children else None
        result = unused(code, walk.function, "result", set())
        if given is not None:
            edits += [code.before(one, f"let {result} = {code.text(given)};"), instead(given, result)]
        edits.append(code.before(one, f"{said} = {name};"))
    return place, _joined(edits)


def _joined(edits: list[Rewrite]) -> list[Rewrite]:
    """Return the edits with insertions at one place put together, in their order."""
    inserted: dict[int, str] = {}
    others = []
    for one in edits:
        if one.start == one.end:
            inserted[one.start] = inserted.get(one.start, "") + one.text
        else:
            others.append(one)
    return [*others, *(Rewrite(at, at, text) for at, text in inserted.items())]


def _branch(site: LoanSite) -> Any:
    """Return the `if let` whose value begins the loan and whose block meets it."""
    condition = innermost(site.begins, "let_condition", "block")
    branch = condition.parent if condition is not None and condition.type == "let_condition" else None
    if branch is None or branch.type != "if_expression":
        return None
    block = branch.child_by_field_name("consequence")
    return branch if block.start_byte <= site.meets.start_byte < block.end_byte else None


def _option(site: LoanSite, branch: Any) -> tuple[Any, list[Rewrite]] | None:
    code = site.code
    condition, block = (branch.child_by_field_name(part) for part in ("condition", "consequence"))
    pattern, value = (condition.child_by_field_name(part) for part in ("pattern", "value"))
    place = _place(value)
    bound = re.fullmatch(r"Some\((?:ref (?:mut )?)?(\w+)\)", code.text(pattern))
    last = block.named_children[-1] if block.named_children else None
    if place is None or bound is None or last is None or _leaves(block) != []:
        return None
    if code.text(place) != LENT.sub("", LENT.sub("", code.text(value))):
        return None
    valued = last.type != "call_expression" or branch.parent.type != "expression_statement"
    if last.type not in ("expression_statement", "let_declaration") and valued:
        return None
    name, mutable = bound[1], "mut" in code.text(value) or "mut" in code.text(pattern)
    lent = "&mut " if mutable else "&"
    edits = [instead(pattern, f"Some({'mut ' if mutable else ''}{name})"), instead(value, f"{code.text(place)}.take()")]
    for at in uses(code, block, name):
        if (edit := by_reference(code, at, name)) is not None:
            edits.append(Rewrite(edit.start, edit.end, edit.text.replace("&", lent, 1)))
    ended = "" if code.text(last).endswith((";", "}")) else ";"
    edits.append(after(last, f"{ended}\n{indent_of(code, last)}{code.text(place)} = Some({name});"))
    return place, edits


def _bodies(situation: Situation) -> dict[str, list[tuple[str, str]]]:
    """Return the bodies of the crate's functions by name, each with the type whose own method it is ("" for others)."""
    found: dict[str, list[tuple[str, str]]] = {}
    for _, code in situation.sources():
        for at in preorder(code.root):
            body = at.child_by_field_name("body") if at.type == "function_item" else None
            if body is not None:
                owner = owner_name(code, at)
                found.setdefault(code.text(at.child_by_field_name("name")), []).append((owner, code.text(body)))
    return found


def _looks(code: Statements, body: Any, place: Any, bodies: dict[str, list[tuple[str, str]]]) -> bool | None:
    """Return None where something that runs in a body names the field, else whether code runs that cannot be read.

    A method of something else that is given `self` is no method of the type of `self`.
    """
    root, _, path = code.text(place).partition(".")
    field = path.split(".")[-1]
    owner = owner_name(code, place)
    unread = False
    todo: list[tuple[str, str]] = []  # a name, and a type whose method it is not
    for at in uses(code, body, root):
        steps = [name for name, _ in field_steps(code, at)]
        if field in steps:
            return None
        if steps:
            continue
        call = innermost(at, "call_expression", "macro_invocation", "block")
        callee = call.child_by_field_name("function") if call.type == "call_expression" else None
        named = re.findall(r"\w+", code.text(callee))[-1] if callee is not None else ""
        of_root = callee is None or code.text(callee).startswith(f"{root}.")
        others = [one for one in bodies.get(named, ()) if of_root or one[0] != owner]
        unread = unread or not others or not of_root
        todo.append((named, "" if of_root else owner))
    known: set[tuple[str, str]] = set()
    while todo:
        name, without = todo.pop()
        if (name, without) in known or name not in bodies:
            continue
        known.add((name, without))
        for whose, text in bodies[name]:
            if without and whose == without:
                continue
            if re.search(rf"\b{field}\b", text):
                return None
            todo += [(one, "") for one in CALLED.findall(text)]
    return unread
