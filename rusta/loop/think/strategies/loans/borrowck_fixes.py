"""Syntactic fixes for borrow checker errors: hypotheses for cases where rustc has no suggestion.

rustc reports where a loan begins, what conflicts with it, and where it is used last. A handful of well-known rewrites
follow from these spans: move the conflicting use before the loan, use the loan up before the conflict, copy what was
borrowed, take a value out from behind a reference, extend the owner's lifetime. A compiler cannot know which of them is
meant, so each is a hypothesis like any other: it is tried in the scratch copy and judged by the tests.

Not covered: loans that a signature makes (`fn get(&mut self) -> &T`), and data that needs another structure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.loans.name_uses import bound_names, is_changed, uses
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.statements import MOVABLE, Rewrite, Statements, after, instead

MET = {"E0382", "E0499", "E0502", "E0503", "E0505", "E0506"}  # a loan (E0382: a move), and a use that conflicts with it
MOST = 3  # errors that are handled, of all reported ones
SHOWN = 48  # characters of code in a reason
BEGINS = re.compile(
    r"\bborrow\b.{0,200} occurs here|\bis borrowed here|^borrow of |^value moved here|^`[^`]+` moved due to"
)
PLACES = {"field_expression", "index_expression", "identifier"}
CALLABLE = PLACES | {"call_expression", "try_expression", "await_expression"}  # `.clone()` can be appended to it
COMPUTED = {"call_expression", "field_expression", "index_expression", "binary_expression", "try_expression"}
KEEPERS = {"let_declaration", "let_condition", "match_expression", "for_expression"}
LIST = "a list is made each time this runs"
SMALL = "a small copy, made each time this runs"
SOONER = "one name more, and it is computed a little sooner"


@dataclass(frozen=True)
class Way:
    """A rewrite, why it should help, and its cost ("": derived from the text it adds)."""

    reason: str
    rewrites: Sequence[Rewrite]
    price: str = ""


def from_loans(situation: Situation) -> Iterator[Hypothesis]:
    """Yield hypotheses for the first errors that are about loans; for one error, those that clone come last."""
    errors = [one for one in situation.errors if one.primary]
    stars = [one for one in errors if one.code == "E0614"]
    for error in [one for one in errors if one.code in {*MET, "E0507", "E0597"}][:MOST] + stars[:1]:
        place = error.primary
        code = situation.code(place.path) if place else None
        if place is None or code is None:
            continue
        for way in _ways(error, place, stars, code):
            yield situation.hypothesis(error, way.reason, {place.path: list(way.rewrites)}, Cost.SMALL, way.price)


def _ways(error: Diagnostic, place: Span, stars: Sequence[Diagnostic], code: Statements) -> Iterator[Way]:
    there = [span for span in error.spans if span.path == place.path and span is not place and span.label]
    match error.code:
        case "E0507":
            yield from _taken(place, code)
        case "E0597":
            yield from _outlived(there, code)
        case "E0614":
            yield from _followed(place, stars, code)
        case _:
            begins = next((span for span in there if BEGINS.search(span.label or "")), None)
            later = next((span for span in there if "later" in (span.label or "")), None)
            if begins is None:
                return
            loan, meets = (code.node(span.start, span.end) for span in (begins, place))
            moved = error.code == "E0382"
            copies = [] if moved else list(_copied(loan, code))
            yield from (way for way in copies if way.price == SMALL)
            yield from _sooner(
                loan, meets, f"{_short(code.text(loan))} is moved" if moved else f"{_loan(loan, code)} begins", code
            )
            if later is not None:
                yield from _ended(loan, meets, code.node(later.start, later.end), code)
            yield from (way for way in copies if way.price != SMALL)


def _copied(loan: Any, code: Statements) -> Iterator[Way]:
    """Copy the borrowed value, so that no loan remains; drop the `*` before a name that was a reference."""
    kept = _kept(loan)
    if kept is None or "_mut(" in code.text(kept) or _altered(kept.parent, code):  # a change of a copy is lost
        return
    walked = kept.parent.type == "for_expression"
    stars = [Rewrite(at.start_byte, at.start_byte + 1, "") for at in _stars(kept.parent, code)]
    inner = kept.child_by_field_name("value") if kept.type == "reference_expression" else None
    if inner is not None and not any(child.type == "mutable_specifier" for child in kept.children):
        said = code.text(inner)
        yield Way(f"{_short(said)} is copied, so that nothing stays borrowed", [instead(kept, said), *stars], SMALL)
        if walked:
            yield Way(f"what is walked over is a clone of {_short(said)}", [instead(kept, f"&{said}.clone()")])
        cloned = [instead(kept, f"{said}.clone()"), *stars]
        yield Way(f"{_short(said)} is cloned, so that nothing stays borrowed", cloned)
    elif kept.type in CALLABLE:
        if walked and kept.type == "call_expression" and loan.type in PLACES:
            yield Way(f"what is walked over is a clone of {_short(code.text(loan))}", [after(loan, ".clone()")])
        reason = f"{_short(code.text(kept))} is copied out, so that nothing stays borrowed"
        yield Way(reason, [after(kept, ".copied()")], SMALL)
        yield Way(reason, [after(kept, ".cloned()")])
        yield Way(reason, [after(kept, ".to_owned()"), *stars])
        if kept.type == "call_expression":  # an iterator keeps the loan until its last element
            reason = f"{_short(code.text(kept))} is gathered first, so that nothing stays borrowed"
            yield Way(reason, [after(kept, ".collect::<Vec<_>>()")], LIST)


def _sooner(loan: Any, meets: Any, begins: str, code: Statements) -> Iterator[Way]:
    """Move the conflicting use before the loan (`begins`, in words): the whole statement, or what is computed in it."""
    first, then = code.statement(loan), code.statement(meets)
    if first is None or then is None:
        return
    if (pair := code.siblings(loan, meets)) and pair[0].start_byte < pair[1].start_byte and pair[1].type in MOVABLE:
        one, other = pair
        if not code.leans(other, code.between(one, other)):
            said = _short(code.text(other))
            yield Way(
                f"{said} comes before {begins}", code.moved(other, one.start_byte), f"{said} happens sooner than before"
            )
    for value in _computed(meets, loan, then):
        called, said = code.fresh(value), code.text(value)
        rewrites = [code.before(first, f"let {called} = {said};"), instead(value, called)]
        yield Way(f"{_short(said)} is computed before {begins}", rewrites, SOONER)


def _ended(loan: Any, meets: Any, later: Any, code: Statements) -> Iterator[Way]:
    """Move the last use of the loan before the conflicting use, or the conflicting use after it."""
    pair = code.siblings(meets, later)
    if pair is None or pair[1].start_byte <= pair[0].start_byte:  # the later use is in the next iteration of a loop
        return
    one, last = pair
    ends = f"{_loan(loan, code)} ends first"
    met, used = _short(code.text(one)), _short(code.text(last))
    jumped = code.between(one, last)
    if last.type in MOVABLE and not code.leans(last, jumped):
        yield Way(
            f"{ends}: {used} comes before {met}", code.moved(last, one.start_byte), f"{used} happens sooner than before"
        )
    elif last.type not in MOVABLE and not code.leans(last, jumped):  # the block's final expression
        called = code.fresh(last)
        rewrites = [code.before(one, f"let {called} = {code.text(last)};"), instead(last, called)]
        yield Way(f"{ends}: what is given back is computed before {met}", rewrites, SOONER)
    if (
        last.type in MOVABLE
        and one.type in MOVABLE
        and len(jumped) > 1
        and not any(code.leans(at, [one]) for at in [*jumped[1:], last])
    ):
        yield Way(
            f"{ends}: {met} comes after its last use",
            code.moved(one, last.end_byte),
            f"{met} happens later than before",
        )


def _taken(place: Span, code: Statements) -> Iterator[Way]:
    """Move a value out from behind a reference with `std::mem::take`, which leaves an empty one there."""
    node = code.node(place.start, place.end)
    if node.type in PLACES or node.type == "unary_expression":
        said = code.text(node)
        reason = f"{_short(said)} is taken out, and an empty one stays in its place"
        yield Way(reason, [instead(node, f"std::mem::take(&mut {said})")], "what was there is empty from then on")


def _outlived(there: Sequence[Span], code: Statements) -> Iterator[Way]:
    """Move the owner's declaration out of its block, so that it lives as long as the block around it."""
    declared = next((span for span in there if "declared here" in (span.label or "")), None)
    owner = code.statement(code.node(declared.start, declared.end)) if declared else None
    around = code.statement(owner.parent) if owner is not None and owner.type == "let_declaration" else None
    if (
        owner is not None
        and around is not None
        and not code.leans(owner, code.between(owner.parent.named_child(0), owner))
    ):
        reason = f"{_short(code.text(owner))} is declared outside, so that it outlives what borrows it"
        yield Way(reason, code.moved(owner, around.start_byte), "it lives as long as the block around it")


def _followed(place: Span, stars: Sequence[Diagnostic], code: Statements) -> Iterator[Way]:
    """Remove every `*` before a name whose value was copied and is no longer a reference (E0614)."""
    spans = {(one.primary.start, one.primary.end) for one in stars if one.primary and one.primary.path == place.path}
    nodes = [code.node(*span) for span in sorted(spans)]
    if nodes and all(node.type == "unary_expression" and code.text(node).startswith("*") for node in nodes):
        said = _short(code.text(nodes[0]).removeprefix("*"))
        yield Way(
            f"{said} is the value itself, and no reference to follow",
            [Rewrite(node.start_byte, node.start_byte + 1, "") for node in nodes],
        )


def _kept(node: Any) -> Any:
    """Return the whole value, beginning at `node`, that a name, a pattern or a loop is bound to; None if nothing is."""
    while node is not None and node.parent is not None:
        if node.parent.type in KEEPERS:
            return node if node.parent.child_by_field_name("value") == node else None
        if node.parent.type in ("block", "closure_expression", "arguments"):
            return None
        node = node.parent
    return None


def _altered(keeper: Any, code: Statements) -> bool:
    """Return whether what a pattern binds is changed later in the block, by assignment or `&mut`."""
    pattern = keeper.child_by_field_name("pattern")
    scope = keeper.parent
    names = bound_names(code, pattern) if pattern is not None else []
    return any(is_changed(code, at) for name in names for at in uses(code, scope, name, keeper.end_byte))


def _stars(keeper: Any, code: Statements) -> Iterator[Any]:
    """Yield the places where the name bound by a `let` is dereferenced, in the block of its scope."""
    pattern = keeper.child_by_field_name("pattern") if keeper.type == "let_declaration" else None
    todo = [keeper.parent] if pattern is not None and pattern.type == "identifier" else []
    while todo:
        node = todo.pop()
        if (
            node.type == "unary_expression"
            and code.text(node) == f"*{code.text(pattern)}"
            and node.start_byte > keeper.end_byte
        ):
            yield node
        todo += node.named_children


def _computed(meets: Any, loan: Any, statement: Any) -> list[Any]:
    """Return the smallest and the largest expression around `meets`, within its statement and without the loan."""
    found, node = [], meets
    while (
        node is not None
        and node != statement
        and not (node.start_byte <= loan.start_byte and loan.end_byte <= node.end_byte)
    ):
        above = node.parent
        called = above.type in ("call_expression", "field_expression") and node in (
            above.child_by_field_name("function"), above.child_by_field_name("value"),
        )  # fmt: skip
        if node.type in COMPUTED and not called and above.type != "expression_statement":
            found.append(node)
        node = above
    return found if len(found) < 2 else [found[0], found[-1]]


def _short(code: str) -> str:
    flat = re.sub(r" (?=\.\w)", "", " ".join(code.split()))  # a method chain over several lines
    return f"`{flat if len(flat) <= SHOWN else f'{flat[:SHOWN]}…'}`"


def _loan(node: Any, code: Statements) -> str:
    return "the closure's loan" if node.type == "closure_parameters" else f"the loan of {_short(code.text(node))}"
