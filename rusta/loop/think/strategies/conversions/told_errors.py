"""`?` where the error's variant holds data: its fields are filled with the names in scope that have their types.

`None` becomes an error by `.ok_or(..)` (E0277), an error of another type by `.map_err(..)` (E0277, E0271). The error
type of the crate is an enum with variants such as `Syntax(usize)`, `Missing(&'static str)`, `Number { key, source }`, or a
struct. A variant fits where each of its fields has a value here: a parameter, a `let`, a loop's variable or a field of
`self` of this type, a literal that is an argument of the failing call; of several the nearest. The other error goes into
the field of its type, its words into a field of text. The number of a loop is counted from 1 where the comments say so,
and as the second choice elsewhere. Variants are chosen by their names: what was looked up is missing, what was split or
read is malformed.

All places of one error type are changed at once by their best choices; then by the second choice of one place each.

Not covered: fields of other types, closures. A variant without data, or with the other error alone, is in
`question_option` and `error_conversion`. Source: the Book, ch. 9.2; `Option::ok_or`, `Result::map_err`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.error_conversion import COULD_NOT, EXPECTED, FROM, RESOLVING
from rusta.loop.think.strategies.conversions.error_variants import ATTACHED
from rusta.loop.think.strategies.conversions.question_option import COMPATIBLE, IN_RESULT
from rusta.loop.think.strategies.conversions.scope_names import ScopeName, names_in_scope
from rusta.tools.declared import bare, declarations, reachable, same_type, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.items import COMMENTS
from rusta.tools.statements import Rewrite, Statements, after
from rusta.tools.syntax_walk import innermost, under

LOOKED_UP = re.compile(r"\.(?:get|get_mut|find|position|first|last|next|remove|pop\w*|nth|max\w*|min\w*|args)\b")
READ = re.compile(r"\b(?:split\w*|rsplit\w*|strip_\w+|parse|chars|from_\w+|to_digit|checked_\w+|next)\b")
ABSENT = re.compile(r"missing|absent|unknown|notfound|^no(?=[A-Z])|none|empty|undefined|nosuch", re.IGNORECASE)
MALFORMED = re.compile(r"syntax|bad|invalid|malformed|parse|format|wrong|line|broken|illegal", re.IGNORECASE)
WORDY = re.compile(r"msg|message|reason|detail|description|why")
FROM_ONE = re.compile(r"from (?:1|one)\b|1-based|one-based|\bstart(?:s|ing) (?:at|with) (?:1|one)\b", re.IGNORECASE)
MOST, CHOICES = 8, 4  # hypotheses, and choices of one place


@dataclass(frozen=True)
class Untold:
    """Where it has to be said which error of the crate's type `to` it is. `of`: the error that there is, "" for `None`."""

    error: Diagnostic
    path: str
    node: Any  # the `Option` or `Result`
    of: str
    to: str


@dataclass(frozen=True)
class Choice:
    """What is called on the value. `plain`: the variant has no data of its own, and other rules offer it as well."""

    text: str
    rank: tuple[int, ...]
    plain: bool


def told_errors(situation: Situation) -> Iterator[Hypothesis]:
    """Yield the errors with their data, for one error type after another."""
    places = [found for error in situation.errors if (found := _place(error, situation))]
    if not places:
        return
    types = declarations(situation.sources())
    for to in dict.fromkeys(one.to for one in places):
        if len(types.get(to, ())) != 1:
            continue
        chosen = [(one, found) for one in places if one.to == to and (found := _choices(one, types[to][0], situation))]
        if any(not found[0].plain for _, found in chosen):
            yield from _together(chosen, to, situation)


def _together(chosen: list[tuple[Untold, list[Choice]]], to: str, situation: Situation) -> Iterator[Hypothesis]:
    picks = [[0] * len(chosen)]
    for nth in range(1, CHOICES):
        for n in (n for n, (_, found) in enumerate(chosen) if nth < len(found)):
            picks.append([nth if at == n else 0 for at in range(len(chosen))])
    for pick in picks[:MOST]:
        rewrites: dict[str, list[Rewrite]] = {}
        told = []
        for (place, found), nth in zip(chosen, pick, strict=True):
            rewrites.setdefault(place.path, []).append(after(place.node, found[nth].text))
            told.append(f"`{found[nth].text}`")
        reason = f"it is said which error of `{to}` it is before `?`: {', '.join(dict.fromkeys(told))}"
        yield situation.hypothesis(
            chosen[0][0].error, reason, rewrites, Cost.SMALL, "that this error is the one that is meant is a guess"
        )


def _place(error: Diagnostic, situation: Situation) -> Untold | None:
    at = error.primary
    code = situation.code(at.path) if at and error.code in ("E0277", "E0271") else None
    node = code.node(at.start, at.end) if at and code else None
    if at is None or code is None or tested(at.path, node, code):
        return None
    of = to = ""
    if error.message.startswith(IN_RESULT):
        shown = COMPATIBLE.search(at.label or "")
        to = shown[1] if shown else ""
    elif COULD_NOT.match(error.message) and (said := FROM.search(at.label or "")):
        of, to = said["of"], said["to"]
    elif (resolving := RESOLVING.match(error.message)) and (found := EXPECTED.search(at.label or "")):
        of, to = found["of"], resolving["to"]
    asking = innermost(node, "try_expression", "call_expression")
    if asking is not None and asking.type == "call_expression":
        asking = asking.parent if asking.parent.type == "try_expression" else None
    if not to or asking is None:
        return None
    return Untold(error, at.path, asking.named_child(0), of, bare(to))


def _choices(place: Untold, declared: tuple[str, Any], situation: Situation) -> list[Choice]:
    """Return what can be said at a place, the likeliest first."""
    where, node = declared
    other, code = situation.code(where), situation.code(place.path)
    if other is None or code is None:
        return []
    owner = reachable(place.to, where, place.path, code)
    names = names_in_scope(place.node, code, situation)
    asked = code.text(place.node)
    function = innermost(place.node, "function_item")
    called = code.text(function.child_by_field_name("name")) if function is not None else ""
    first = _first(place.node, code)
    found = []
    for one in under(node, "enum_variant") if node.type == "enum_item" else [node]:
        name = other.text(one.child_by_field_name("name"))
        path = f"{owner}::{name}" if one is not node else owner
        likely = _likely(name, asked, called, place.of)
        for made in _filled(one.child_by_field_name("body"), place, names, (other, code), first):
            rank = (*likely, *made.rank)
            found.append(Choice(_call(path + made.text, place.of, made.plain), rank, made.plain))
    found.sort(key=lambda choice: choice.rank)
    return found[:CHOICES]


def _call(made: str, of: str, plain: bool) -> str:
    if of:
        return f".map_err(|error| {made})"
    data = re.sub(r'"[^"]*"', "", made)
    simple = re.fullmatch(r"[\w:.(){} ,+*]*", data) and not re.search(r"\w\(\)", data)
    return f".ok_or({made})" if plain or simple else f".ok_or_else(|| {made})"


def _likely(name: str, asked: str, called: str, of: str) -> tuple[int, ...]:
    """Return how far a variant's name is from what is asked at a place: its words, then its kind."""
    words = [word.lower()[:5] for word in re.findall(r"[A-Z][a-z]+", name) if len(word) > 2]
    near = -sum(4 * (word in asked.lower()) + (word in called.lower()) for word in words)
    kind = MALFORMED if of or (READ.search(asked) and not LOOKED_UP.search(asked)) else ABSENT
    return (0 if kind.search(name) else 1, near)


def _filled(
    body: Any, place: Untold, names: list[ScopeName], codes: tuple[Statements, Statements], first: bool
) -> Iterator[Choice]:
    """Yield the data of a variant, with what its fields are here; nothing where one has no value."""
    other, code = codes
    fields = [one for one in body.named_children if one.type not in ATTACHED] if body is not None else []
    if not fields:
        if not place.of:
            yield Choice("", (0, 0), True)
        return
    options: list[list[tuple[str, int]]] = []
    holds = False
    for one in fields:
        named = one.child_by_field_name("name") if one.type == "field_declaration" else None
        kind = other.text(one.child_by_field_name("type") if named is not None else one)
        name = other.text(named) if named is not None else ""
        if place.of and same_type(kind, place.of, other):
            options.append([("error", 0)])
            holds = True
            continue
        if re.search(r"(?:Error|Err)\b", kind):
            return
        options.append(_values(kind, name, place, names, code, first))
    if not all(options) or (place.of and holds and len(fields) == 1):
        return
    others = [(n, nth) for nth in (1, 2) for n, one in enumerate(options) if nth < len(one)]
    for at, nth in ((-1, 0), *others):
        values = [one[nth if n == at else 0] for n, one in enumerate(options)]
        texts = []
        for field, (text, _) in zip(fields, values, strict=True):
            named = field.child_by_field_name("name") if field.type == "field_declaration" else None
            own = other.text(named) if named is not None else ""
            texts.append(text if not own else own if own == text else f"{own}: {text}")
        said = f" {{ {', '.join(texts)} }}" if fields[0].type == "field_declaration" else f"({', '.join(texts)})"
        yield Choice(said, (0 if holds or not place.of else 1, sum(far for _, far in values)), False)


def _values(
    kind: str, field: str, place: Untold, names: list[ScopeName], code: Statements, first: bool
) -> list[tuple[str, int]]:
    """Return what a field of this type can be filled with, each with how far it is."""
    asked = set(re.findall(r"(?<!\.)\b[a-z_]\w*", code.text(place.node)))
    given = place.node.child_by_field_name("arguments") if place.node.type == "call_expression" else None
    literals = [code.text(one) for one in given.named_children if one.type == "string_literal"] if given else []
    text = kind in ("String", "Box<str>", "Cow<'static, str>")
    found: list[tuple[str, int]] = []
    if text or kind == "&'static str":
        found += [(f"{one}.{'to_string' if kind == 'String' else 'into'}()" if text else one, 2) for one in literals]
    for far, one in enumerate(names):
        distance = (
            far + 10 * (one.text.split(".")[-1] not in asked) - 30 * (bool(field) and one.text.split(".")[-1] == field)
        )
        if one.kind == kind or (one.kind == "" and one.text == field):
            plain = one.text if one.copied or "self." not in one.text else f"{one.text}.clone()"
            if one.counted and kind == "usize":
                found += [(f"{plain} + 1", distance - first), (plain, distance + (1 if first else -1))]
            else:
                found.append((f"{plain}.clone()" if text and plain == one.text else plain, distance))
        elif text and one.kind.replace("'static ", "") in ("&str", "&String", "char", "&Path", "&char"):
            path = ".display()" if one.kind == "&Path" else ""
            found.append((f"{one.text}{path}.to_string()" if kind == "String" else f"{one.text}.into()", distance))
        elif kind.removeprefix("&") == one.kind.removeprefix("&") and one.kind.startswith("&") and one.copied:
            found.append((f"*{one.text}", distance))
    found.sort(key=lambda one: one[1])
    if kind == "String" and (WORDY.search(field) or not found):
        said = " ".join(code.text(place.node).split())[:60].replace("\\", "\\\\").replace('"', '\\"')
        words = "error.to_string()" if place.of else f'"nothing from {said}".to_string()'
        found.insert(0, (words, -40))
    return found[:3]


def _first(node: Any, code: Statements) -> bool:
    """Return whether the comments of the function or of its impl say that counting begins with 1."""
    function = innermost(node, "function_item")
    above = function.prev_sibling if function is not None else None
    while above is not None and above.type in (*COMMENTS, "attribute_item"):
        if FROM_ONE.search(code.text(above)):
            return True
        above = above.prev_sibling
    return function is not None and any(FROM_ONE.search(code.text(one)) for one in under(function, *COMMENTS))
