"""A loan that is returned on one path, and a change on the other: whether there is something is asked before the loan.

Known as problem case 3 of non-lexical lifetimes (RFC 2094): in `if let Some(x) = map.get(k) { return x; }` the loan
lasts to the end of the function on every path, since it may be returned, so that nothing can be inserted afterwards.
What ends it is a question that gives no loan (`contains_key`, `position`, `is_some`), and the loan only where it is
returned. This is done for `if let`, `match`, `let … else`, a `let` that one of them follows, a loop that returns what it
finds, and closures of `or_insert_with`, `unwrap_or_else` and `or_else` that need what is borrowed.

Not covered: a loan that is returned on some paths of the branch only, and loops that borrow anew in each iteration
(`while let Some(x) = list.next_mut()`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.loan_labels import LoanSite, apart, loan_sites
from rusta.loop.think.strategies.loans.name_uses import function_around, headed, indent_of, preorder, unused, uses
from rusta.loop.think.strategies.loans.walks import walked_list
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, lies_in

SOME = re.compile(r"(?:Option::)?Some|(?:Result::)?Ok")
NONE = re.compile(r"(?:Option::)?None|_|(?:Result::)?Err\(_\)")
OWNED = re.compile(r"(?P<base>\w[\w.]*)\.(?P<by>clone|to_owned|to_string|into)\(\)")
TWICE = "it is looked up twice where it is there"


@dataclass(frozen=True)
class Lookup:
    """A way to ask before borrowing: the condition, and what is borrowed where it holds."""

    condition: str
    value: str
    guarded: str = ""  # the condition where something more has to hold, with `{}` for the closure's body
    asked: str = ""  # the words for a person


def found_or_made(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the ways to ask first, for the first errors that are about a loan that is returned or a closure's."""
    for site in apart(loan_sites(situation)):
        code = site.code
        ways = list(_closures(site)) if site.returned is None else list(_branches(site))
        for lookup, rewrites in ways[:3]:
            reason = f"whether it is there is asked with `{lookup.asked}`, and it is borrowed only where it is"
            yield situation.hypothesis(site.error, reason, {site.path: rewrites}, Cost.NONE, TWICE)
        if ways:
            continue
        if site.returned is not None and (loop := innermost(site.begins, "for_expression")) is not None:
            for asked, rewrites in _loops(code, loop):
                reason = f"which one it is is asked with `{asked}`, and it is borrowed only where it is found"
                yield situation.hypothesis(site.error, reason, {site.path: rewrites}, Cost.NONE, TWICE)


def _lookups(code: Statements, value: Any, mark: str) -> Iterator[Lookup]:
    """Yield the ways to ask for an option without keeping a loan; `mark` is a free name."""
    said = code.text(value)
    called = value.child_by_field_name("function") if value.type == "call_expression" else None
    field = called.child_by_field_name("field") if called is not None and called.type == "field_expression" else None
    if field is not None and called is not None:
        method, owner = code.text(field), called.child_by_field_name("value")
        given = value.child_by_field_name("arguments")
        one = code.text(given.named_children[0]) if len(given.named_children) == 1 else ""
        if method in ("get", "get_mut") and one:
            place = f"&{code.text(owner)}[{one}]" if method == "get" else f"{said}.unwrap()"
            yield Lookup(f"{code.text(owner)}.contains_key({one})", place, asked="contains_key")
        if method == "find" and one and (walked := walked_list(code, owner)):
            list_, mutable = walked
            where = f"let Some({mark}) = {list_}.iter().position({one})"
            yield Lookup(where, f"&{'mut ' if mutable else ''}{list_}[{mark}]", asked="position")
    yield Lookup(f"{said}.is_some()", f"{said}.unwrap()", f"{said}.is_some_and({{}})", "is_some")


def _branches(site: LoanSite) -> Iterator[tuple[Lookup, list[Rewrite]]]:
    """Yield the rewrites of the branch whose condition begins the loan."""
    code, at = site.code, site.begins
    gone: list[Rewrite] = []
    value: Any = None
    while at is not None and at.type not in ("block", "closure_expression", "for_expression"):
        if at.type == "let_condition":
            break
        if at.type == "match_expression" and lies_in(site.begins, at.child_by_field_name("value")):
            break
        if at.type == "let_declaration":
            if at.child_by_field_name("alternative") is None:
                value = at.child_by_field_name("value")
                gone, at = _followed(code, at)
            break
        at = at.parent
    if at is None or at.type not in ("let_condition", "match_expression", "let_declaration"):
        return
    value = value if value is not None else at.child_by_field_name("value")
    mark = unused(code, function_around(at), "at", set())
    for lookup in _lookups(code, value, mark):
        if at.type == "let_condition":
            rewrites = _if_let(code, at, lookup)
        elif at.type == "match_expression":
            rewrites = _match(code, at, lookup)
        else:
            rewrites = _let_else(code, at, lookup)
        if rewrites:
            yield lookup, [*gone, *rewrites]


def _followed(code: Statements, declared: Any) -> tuple[list[Rewrite], Any]:
    """Return how a `let` goes whose only use is the value of an `if let` or `match`, and that one; else nothing."""
    pattern = declared.child_by_field_name("pattern")
    used = uses(code, declared.parent, code.text(pattern), declared.end_byte) if pattern.type == "identifier" else []
    if len(used) != 1 or used[0].parent.type not in ("let_condition", "match_expression"):
        return [], None
    if used[0].parent.child_by_field_name("value") != used[0]:
        return [], None
    end = declared.end_byte + len(code.source[declared.end_byte :]) - len(code.source[declared.end_byte :].lstrip())
    return [Rewrite(declared.start_byte, end, "")], used[0].parent


def _if_let(code: Statements, condition: Any, lookup: Lookup) -> list[Rewrite]:
    inner = _inner(code, condition.child_by_field_name("pattern"))
    chain = condition.parent if condition.parent.type == "let_chain" else None
    branch = (chain or condition).parent
    if inner is None or branch.type != "if_expression":
        return []
    block = branch.child_by_field_name("consequence")
    rest = _only_if(block) if chain is None and branch.child_by_field_name("alternative") is None else None
    if rest is not None:  # `if let Some(x) = … { if … { return x; } }`
        test, block = rest
        guard, end = code.text(test), branch.end_byte
    elif chain is not None:
        others = [one for one in chain.named_children if one != condition]
        if chain.named_children[0] != condition or any(one.type == "let_condition" for one in others):
            return []
        guard, end = " && ".join(code.text(one) for one in others), block.end_byte
    else:
        return [instead(condition, lookup.condition), *_bound(code, block, inner, lookup.value)]
    if not lookup.guarded:
        return []
    asked = lookup.guarded.format(f"|{code.text(inner)}| {guard}")
    body = headed(code, block, f"let {code.text(inner)} = {lookup.value};", branch)
    return [Rewrite(branch.start_byte, end, f"if {asked} {body}")]


def _only_if(block: Any) -> tuple[Any, Any] | None:
    """Return the condition and the block of an `if` without `else` that is all that a block has."""
    if len(block.named_children) != 1:
        return None
    one = block.named_children[0]
    one = one.named_children[0] if one.type == "expression_statement" else one
    if one.type != "if_expression" or one.child_by_field_name("alternative") is not None:
        return None
    test = one.child_by_field_name("condition")
    return None if test.type in ("let_condition", "let_chain") else (test, one.child_by_field_name("consequence"))


def _match(code: Statements, matched: Any, lookup: Lookup) -> list[Rewrite]:
    arms = [one for one in matched.child_by_field_name("body").named_children if one.type == "match_arm"]
    if len(arms) != 2:
        return []
    there = next((one for one in arms if _inner(code, _pattern(one)) is not None), None)
    other = next((one for one in arms if NONE.fullmatch(code.text(one.child_by_field_name("pattern")))), None)
    if there is None or other is None:
        return []
    inner = _inner(code, _pattern(there))
    guard = there.child_by_field_name("pattern").child_by_field_name("condition")
    condition = lookup.condition
    if guard is not None:
        if not lookup.guarded or there != arms[0]:
            return []
        condition = lookup.guarded.format(f"|{code.text(inner)}| {code.text(guard)}")
    value = there.child_by_field_name("value")
    name = code.text(inner)
    indent = indent_of(code, matched)
    inside = f"\n{indent}    "
    if code.text(value) in (name, f"return {name}"):
        found = f"{{{inside}{code.text(value)[: -len(name)]}{lookup.value}\n{indent}}}"
    elif value.type == "block":
        found = headed(code, value, f"let {name} = {lookup.value};")
    else:
        found = f"{{{inside}let {name} = {lookup.value};{inside}{code.text(value)}\n{indent}}}"
    notes = [code.text(one).rstrip() for one in preorder(matched.child_by_field_name("body")) if one.type == "line_comment"
             and one.parent.type == "match_block"]  # fmt: skip
    above = "".join(f"{note}\n{indent}" for note in notes)
    made = other.child_by_field_name("value")
    otherwise = code.text(made) if made.type == "block" else f"{{{inside}{code.text(made)}\n{indent}}}"
    return [instead(matched, f"{above}if {condition} {found} else {otherwise}")]


def _let_else(code: Statements, declared: Any, lookup: Lookup) -> list[Rewrite]:
    inner = _inner(code, declared.child_by_field_name("pattern"))
    block = declared.child_by_field_name("alternative")
    if inner is None:
        return []
    absent = re.sub(r"^(.*)\.is_some\(\)$", r"\1.is_none()", f"!{lookup.condition}", flags=re.S)
    asked = f"if {absent.removeprefix('!') if absent.endswith('.is_none()') else absent} {code.text(block)}"
    if lookup.condition.startswith("let "):
        asked = f"{lookup.condition} else {code.text(block)};"
    line = f"\n{indent_of(code, declared)}let {code.text(inner)} = {lookup.value};"
    return [instead(declared, f"{asked}{line}")]


def _loops(code: Statements, loop: Any) -> Iterator[tuple[str, list[Rewrite]]]:
    """Yield the rewrites of a loop that does nothing but return the first element of some kind."""
    rest = _only_if(loop.child_by_field_name("body"))
    if rest is None:
        return
    test, block = rest
    walked, item = loop.child_by_field_name("value"), code.text(loop.child_by_field_name("pattern"))
    mark = unused(code, function_around(loop), "at", set())
    if (list_ := walked_list(code, walked)) is not None:
        place = f"&{'mut ' if list_[1] else ''}{list_[0]}[{mark}]"
        asked = f"if let Some({mark}) = {list_[0]}.iter().position(|{item}| {code.text(test)})"
        yield "position", [instead(loop, f"{asked} {headed(code, block, f'let {item} = {place};', loop)}")]
    again = f"{code.text(walked)}.find(|{item}| {code.text(test)})"
    asked = f"if {code.text(walked).replace('_mut()', '()')}.any(|{item}| {code.text(test)})"
    if walked.type == "call_expression":
        yield "any", [instead(loop, f"{asked} {headed(code, block, f'let {item} = {again}.unwrap();', loop)}")]


def _closures(site: LoanSite) -> Iterator[tuple[Lookup, list[Rewrite]]]:
    """Yield the rewrites of `map.entry(k).or_insert_with(|| …)` and `….unwrap_or_else(|| …)` that borrow twice."""
    code, closure = site.code, innermost(site.meets, "closure_expression")
    call = closure.parent.parent if closure is not None and closure.parent.type == "arguments" else None
    called = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    if called is None or called.type != "field_expression" or not lies_in(site.begins, called):
        return
    if closure.child_by_field_name("parameters").named_children:
        return
    method, before = code.text(called.child_by_field_name("field")), called.child_by_field_name("value")
    made = closure.child_by_field_name("body")
    statement = code.statement(call)
    if method == "or_insert_with" and statement is not None:
        entry = re.fullmatch(r"(.+?)\s*\.entry\((.+)\)", code.text(before), re.S)
        if entry is None:
            return
        owned = OWNED.fullmatch(entry[2])
        new = unused(code, function_around(call), "value", set())
        keys = [f"&{entry[2]}"]
        if owned is not None:
            keys = [owned["base"], f"&{owned['base']}"]
        for key in keys:
            insert = entry[2] if owned is not None else f"{entry[2]}.clone()"
            indent = indent_of(code, statement)
            lines = (
                f"if !{entry[1]}.contains_key({key}) {{\n{indent}    let {new} = {code.text(made)};\n"
                f"{indent}    {entry[1]}.insert({insert}, {new});\n{indent}}}"
            )
            lookup = Lookup("", "", asked="contains_key")
            yield lookup, [code.before(statement, lines), instead(call, f"{entry[1]}.get_mut({key}).unwrap()")]
    elif method in ("unwrap_or_else", "or_else"):
        otherwise = code.text(made) if made.type == "block" else f"{{ {code.text(made)} }}"
        for lookup in _lookups(code, before, "at"):
            if not lookup.condition.startswith("let "):
                value = code.text(before) if method == "or_else" else lookup.value
                yield lookup, [instead(call, f"if {lookup.condition} {{ {value} }} else {otherwise}")]


def _pattern(arm: Any) -> Any:
    pattern = arm.child_by_field_name("pattern")
    return pattern.named_children[0] if pattern.named_children else pattern


def _inner(code: Statements, pattern: Any) -> Any:
    """Return what `Some(…)` or `Ok(…)` binds, None for any other pattern."""
    if pattern.type != "tuple_struct_pattern" or len(pattern.named_children) != 2:
        return None
    return pattern.named_children[1] if SOME.fullmatch(code.text(pattern.child_by_field_name("type"))) else None


def _bound(code: Statements, block: Any, inner: Any, value: str) -> list[Rewrite]:
    """Return how a block binds `inner` to `value`, or uses the value itself where the name is all that is returned."""
    used = uses(code, block, code.text(inner)) if inner.type == "identifier" else []
    if len(used) == 1 and used[0].parent.type in ("return_expression", "block"):
        return [instead(used[0], value)]
    if not block.named_children:
        return []
    return [code.before(block.named_children[0], f"let {code.text(inner)} = {value};")]
