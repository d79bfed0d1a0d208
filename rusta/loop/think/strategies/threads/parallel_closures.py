"""Closures that run in parallel and change a captured variable (E0594, E0596 in a `Fn` closure).

`par_iter().for_each(..)` runs its closure on several threads at once, so it cannot count, sum or push into a variable
around it. What such a closure does has a name among the iterator's methods, which keep the order of the items:

    n += 1, `if` or not     `.filter(..).count()`             all.push(x)         `.map(..).collect()`
    sum += x, product *= x  `.map(..).sum()`                  if .. { all.push(x) }   `.filter_map(..).collect()`
    found |= x, best = best.max(x)   `.any(..)`, `.reduce(..)`    all.extend(xs)  `.flat_map_iter(..).collect()`

What has none there is guarded by a `Mutex`, and so is every such variable in the last hypothesis; in that one the order
of what is pushed is that of the threads.

Not covered: closures that change several variables (they get the `Mutex`), variables that come from outside the block.
Source: docs.rs/rayon, `ParallelIterator`; rustc --explain E0594.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.threads.closure_body import Changing, change
from rusta.tools.declared import tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, Statements, instead
from rusta.tools.syntax_walk import innermost, under

CAPTURED = re.compile(r"`\*?(?P<name>\w+)`.*, as it is a captured variable in a `Fn` closure")
PARALLEL = re.compile(r"\bpar_|\binto_par_|\bpar_bridge\b")
EMPTY = re.compile(
    r"(?:\w+::)*\w+(?:::<.*>)?::(?:new|default|with_capacity)\(.*\)|vec!\[\]|Default::default\(\)", re.DOTALL
)
ZERO = re.compile(r"0(?:\.0?)?(?:_?[iuf]\w+)?")
WAITS = "all threads wait for one another at this variable"


@dataclass(frozen=True)
class Counting:
    """A closure, the variables it changes, and the statements that declare them and run it."""

    error: Diagnostic
    path: str
    closure: Any
    call: Any
    statement: Any
    lets: tuple[tuple[str, Any], ...]


def parallel_closures(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what the closures compute as the iterator's own methods, then with a lock around each variable."""
    sites = list(_sites(situation))
    if not sites:
        return
    for locked in (False, True):
        rewrites: dict[str, list[Rewrite]] = {}
        said, waits = [], False
        for site in sites:
            code = situation.code(site.path)
            if code is None:
                continue
            named = None if locked else _named(site, code)
            edits = named[1] if named else _guarded(site, code)
            waits = waits or named is None
            said.append(named[0] if named else "`Mutex`")
            rewrites.setdefault(site.path, []).extend(edits)
        told = ", ".join(dict.fromkeys(said))
        reason = f"threads that run at once cannot change a variable around them, so it is computed by {told}"
        cost = Cost.RUNTIME if waits else Cost.NONE
        yield situation.hypothesis(sites[0].error, reason, rewrites, cost, WAITS if waits else "")
        if all(one == "`Mutex`" for one in said):
            return


def _sites(situation: Situation) -> Iterator[Counting]:
    found: dict[tuple[str, int], tuple[Diagnostic, Any, set[str]]] = {}
    for error in situation.errors:
        at, said = error.primary, CAPTURED.search(error.message)
        code = situation.code(at.path) if at else None
        if at is None or said is None or code is None or error.code not in ("E0594", "E0596"):
            continue
        closure = innermost(code.node(at.start, at.end), "closure_expression")
        while closure is not None and not _declared(closure, said["name"], code):
            closure = innermost(closure.parent, "closure_expression")
        if closure is not None and not tested(at.path, closure, code):
            found.setdefault((at.path, closure.start_byte), (error, closure, set()))[2].add(said["name"])
    for (path, _), (error, closure, names) in found.items():
        code = situation.code(path)
        call = closure.parent.parent
        if code is None or call is None or call.type != "call_expression":
            continue
        statement = code.statement(call)
        lets = tuple((name, let) for name in sorted(names) if (let := _declared(closure, name, code)) is not None)
        if PARALLEL.search(code.text(call.child_by_field_name("function"))) and len(lets) == len(names) and statement:
            yield Counting(error, path, closure, call, statement, lets)


def _declared(closure: Any, name: str, code: Statements) -> Any:
    """Return the `let` of a variable among the statements before the one that a closure is in."""
    statement = code.statement(closure)
    above = statement.prev_named_sibling if statement is not None else None
    while above is not None:
        pattern = above.child_by_field_name("pattern") if above.type == "let_declaration" else None
        if pattern is not None and code.text(pattern).removeprefix("mut ").strip() == name:
            return above
        above = above.prev_named_sibling
    return None


def _named(site: Counting, code: Statements) -> tuple[str, list[Rewrite]] | None:
    """Return the methods that compute a variable, and the edits; None where there are none for it."""
    function = site.call.child_by_field_name("function")
    method = function.child_by_field_name("field")
    own = site.statement.type == "expression_statement" and site.statement.named_child(0) == site.call
    if len(site.lets) != 1 or method is None or code.text(method) != "for_each" or not own:
        return None
    (name, let), parameters = site.lets[0], site.closure.child_by_field_name("parameters")
    value = let.child_by_field_name("value")
    jumped = code.between(let.next_named_sibling, site.statement)
    if value is None or any(re.search(rf"(?<![.\w]){name}\b", code.text(one)) for one in jumped):
        return None
    body = change(site.closure.child_by_field_name("body"), name, code)
    pattern = code.text(parameters)[1:-1].strip()
    methods = _methods(body, pattern, name, code.text(value)) if body else None
    if methods is None:
        return None
    kind = let.child_by_field_name("type")
    shown = f": {code.text(kind)}" if kind is not None else _kind(name, code.text(value), site, methods, code)
    line = code.source.rfind(b"\n", 0, let.start_byte)
    alone = not code.source[line + 1 : let.start_byte].strip() and code.source[let.end_byte : let.end_byte + 1] == b"\n"
    gone = Rewrite(line + 1, let.end_byte + 1, "") if alone else Rewrite(let.start_byte, let.end_byte, "")
    start = method.start_byte
    edits = [
        gone,
        Rewrite(site.statement.start_byte, site.statement.start_byte, f"let {name}{shown} = "),
        Rewrite(start, site.call.end_byte, methods),
    ]
    return ", ".join(f"`{one}`" for one in re.findall(r"(?:^|\.)(\w+)(?=\(|::<)", methods)[-1:]), edits


def _kind(name: str, value: str, site: Counting, methods: str, code: Statements) -> str:
    """Return the type for the new `let` where something says it: the old value, or what the function returns."""
    suffix = re.fullmatch(r"[\d._]*?_?([iuf](?:8|16|32|64|128|size))", value)
    if methods.endswith(("count()", "any(")) or ".reduce(" in methods:
        return ""
    if suffix:
        return f": {suffix[1]}"
    owner = re.fullmatch(r"((?:\w+::)*[A-Z]\w*)(::<.*>)?::\w+\(.*\)", value, re.DOTALL)
    function = innermost(site.call, "function_item")
    returned = function.child_by_field_name("return_type") if function is not None else None
    last = site.statement.parent.named_children[-1]
    if returned is not None and code.text(last) == name and last.parent == function.child_by_field_name("body"):
        return f": {code.text(returned)}"
    if owner and methods.endswith("collect()"):
        return f": {owner[1]}{(owner[2] or '').removeprefix('::') or ('<_, _>' if 'Map' in owner[1] else '<_>')}"
    return ": Vec<_>" if value.startswith("vec!") else ""


def _methods(body: Changing, pattern: str, name: str, value: str) -> str | None:
    """Return the calls that follow the parallel iterator instead of `for_each`."""
    zero, new = bool(ZERO.fullmatch(value)), bool(EMPTY.fullmatch(value))
    plain = not body.before and re.fullmatch(r"\w+", pattern)
    dots = plain and not re.search(rf"(?<![\w.]){pattern}\b(?!\s*\.)", body.condition)  # only methods and fields of it

    def whole(then: str, otherwise: str) -> str:
        inner = f"if {body.condition} {{ {then} }} else {{ {otherwise} }}" if body.condition else then
        return f"{{ {body.before} {inner} }}" if body.before else inner

    match body.kind:
        case "add" if zero and body.value == "1" and body.condition:
            if dots and not body.condition.startswith("let "):
                return f"filter(|{pattern}| {body.condition}).count()"
            return f"filter_map(|{pattern}| {whole('Some(())', 'None')}).count()"
        case "add" if zero and body.value == "1":
            return "count()"
        case "add" if zero:
            return f"map(|{pattern}| {whole(body.value, '0' if '.' not in value else '0.0')}).sum()"
        case "multiply" if re.fullmatch(r"1(?:\.0)?(?:[iuf]\w+)?", value) and not body.condition:
            return f"map(|{pattern}| {whole(body.value, '')}).product()"
        case "any" if value == "false" and body.value == "true" and body.condition:
            return f"any(|{pattern}| {whole('true', 'false') if body.before or body.condition.startswith('let ') else body.condition})"
        case "or" if value == "false":
            return f"any(|{pattern}| {whole(body.value, 'false')})"
        case "and" if value == "true":
            return f"all(|{pattern}| {whole(body.value, 'true')})"
        case "max" | "min":
            first = whole(body.value, value)
            return f"map(|{pattern}| {first}).reduce(|| {value}, |one, other| one.{body.kind}(other))"
        case "push" if new and body.condition:
            if body.passed and not body.before:
                return f"filter_map(|{pattern}| {body.passed}).collect()"
            return f"filter_map(|{pattern}| {whole(f'Some({body.value})', 'None')}).collect()"
        case "push" if new:
            return f"map(|{pattern}| {whole(body.value, '')}).collect()"
        case "extend" if new and not body.condition:
            return f"flat_map_iter(|{pattern}| {whole(body.value, '')}).collect()"
    return None


def _guarded(site: Counting, code: Statements) -> list[Rewrite]:
    """Return the edits that put the variables behind a `Mutex` for as long as the closure runs."""
    edits = []
    body = site.closure.child_by_field_name("body")
    names = [name for name, _ in site.lets]
    for _, let in site.lets:
        pattern, value = let.child_by_field_name("pattern"), let.child_by_field_name("value")
        if value is None:
            return []
        mutable = next((one for one in let.children if one.type == "mutable_specifier"), None)
        if mutable is not None:
            edits.append(Rewrite(mutable.start_byte, pattern.start_byte, ""))
        if (kind := let.child_by_field_name("type")) is not None:
            edits.append(instead(kind, f"std::sync::Mutex<{code.text(kind)}>"))
        edits.append(instead(value, f"std::sync::Mutex::new({code.text(value)})"))
    locks = " ".join(f"let mut {name} = {name}.lock().unwrap();" for name in names)
    gone = " ".join(f"let {name} = {name}.into_inner().unwrap();" for name in names)
    for one in under(body, "identifier"):
        if code.text(one) in names and one.parent.type not in ("field_expression", "index_expression"):
            edits.append(Rewrite(one.start_byte, one.start_byte, "*"))
    if body.type == "block" and body.named_children:
        edits.append(code.before(body.named_child(0), locks))
    else:
        edits += [
            Rewrite(body.start_byte, body.start_byte, f"{{ {locks} "),
            Rewrite(body.end_byte, body.end_byte, " }"),
        ]
    at = site.statement.end_byte
    line = code.source[code.source.rfind(b"\n", 0, site.statement.start_byte) + 1 : site.statement.start_byte]
    return [*edits, Rewrite(at, at, f"\n{line.decode() if not line.strip() else ' '}{gone}")]
