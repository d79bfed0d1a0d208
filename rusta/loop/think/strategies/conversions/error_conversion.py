"""`?` between two error types: the `From` that it calls, or a `.map_err` at each place that needs one.

`?` converts an error by `From`. rustc names both types: E0277 ("`?` couldn't convert the error"), E0271 where the type
comes from a trait (`<u8 as FromStr>::Err == ReadError`), E0308 where a `Result` is given back without `?`. All of these
are collected, and the conversions into one error type are written together:

- a variant (or a struct) that holds exactly this type, alone or as its `source`: `impl From`, or `#[from]` where the
  enum is derived by `thiserror`; where a `Result` is given back as it is, `.map_err` with this variant;
- several such variants: `.map_err` at each place, with the variant whose name is nearest to what is said there;
- none: a variant `#[from]` more for an enum of `thiserror`, else the words of the error in a variant that holds text;
- `String`, `()`, `std::io::Error` and `std::fmt::Error` as the error: `.map_err` at all places;
- `Box<dyn Error>` and its like: `impl Error` for a type of the crate that has `Display`.

Not covered: errors with generic arguments that differ, a new variant where `Display` is written by hand.
Source: the Book, ch. 9.2; the Reference, "The question mark operator"; docs.rs/thiserror.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.conversions.error_variants import (
    STANDARD_PATHS,
    Holder,
    added,
    converted,
    held,
    written,
)
from rusta.tools.declared import bare, declarations, derive, derived, reachable, tested
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Rewrite, after
from rusta.tools.syntax_walk import innermost, under

COULD_NOT = re.compile(r"`\?` couldn't convert the error to `(?P<to>.+)`$")
FROM = re.compile(r"the trait `From<(?P<of>.+)>` is not implemented for `(?P<to>.+)`$")
RESOLVING = re.compile(r"type mismatch resolving `<.+ as .+>::\w+ == (?P<to>.+)`$")
RESULTS = re.compile(r"expected (?:enum )?`(?P<to>.+)`\s+found (?:enum )?`(?P<of>.+)`")
EXPECTED = re.compile(r"expected `(?P<to>[^`]+)`, found `(?P<of>[^`]+)`")
NO_ERROR = re.compile(r"`\?` couldn't convert the error: `(?P<of>.+): std::error::Error` is not satisfied")
WORDS = {"String": "|error| error.to_string()", "()": "|_| ()"}
STANDARD = {"std::io::Error": "std::io::Error::other", "std::fmt::Error": "|_| std::fmt::Error"}


@dataclass(frozen=True)
class Failing:
    """Where an error of the type `of` has to become one of the type `to`. `asked`: by `?`."""

    error: Diagnostic
    path: str
    node: Any  # the `Result`, to which `.map_err` can be appended
    of: str
    to: str
    asked: bool


def conversions(situation: Situation) -> Iterator[Hypothesis]:
    """Yield what makes `?` convert the errors, for one error type after another."""
    places = [place for error in situation.errors for place in _places(error, situation)]
    boxed = [(one, said["of"]) for one in situation.errors if (said := NO_ERROR.match(one.message))]
    if not places and not boxed:
        return
    types = declarations(situation.sources())
    for to in dict.fromkeys(place.to for place in places):
        these = [place for place in places if place.to == to]
        if words := WORDS.get(to) or STANDARD.get(to):
            reason = f"`?` finds no `From` for `{to}` here, so the error is turned into one before it"
            lost = "of the error only its words are left" if to == "String" else "why it failed is not told"
            yield _mapped(these, [_typed(words, place, situation) for place in these], reason, lost, situation)
        else:
            yield from _own(these, types.get(bare(to), []), situation)
    yield from _made_errors(boxed, types, situation)


def _places(error: Diagnostic, situation: Situation) -> Iterator[Failing]:
    at = error.primary
    code = situation.code(at.path) if at else None
    if at is None or code is None:
        return
    node = code.node(at.start, at.end)
    if error.code in ("E0277", "E0271"):
        said = FROM.search(at.label or "") if COULD_NOT.match(error.message) else None
        of = said["of"] if said else ""
        to = said["to"] if said else ""
        if (resolving := RESOLVING.match(error.message)) and (found := EXPECTED.search(at.label or "")):
            of, to = found["of"], resolving["to"]
        call = innermost(node, "call_expression", "try_expression", "macro_invocation")
        if call is not None and call.type != "try_expression" and call.parent.type == "try_expression":
            call = call.parent
        if of and call is not None and not tested(at.path, call, code):
            asked = call.type == "try_expression"
            yield Failing(error, at.path, call.named_child(0) if asked else call, of, to, asked)
    elif error.code == "E0308" and (
        found := next((said for child in error.children if (said := RESULTS.search(child.message))), None)
    ):
        to, of = (_failure(found[side]) for side in ("to", "of"))
        if to and of and bare(to) != bare(of) and node.type == "call_expression" and not tested(at.path, node, code):
            yield Failing(error, at.path, node, of, to, False)


def _failure(shown: str) -> str:
    """Return the error type of a `Result` as rustc shows it: `Result<_, ReadError>`."""
    said = re.match(r"(?:std::result::)?Result<(?:_|.+?), ([\w:<> ]+)>$", shown)
    return said[1] if said else ""


def _own(these: Sequence[Failing], declared: Sequence[tuple[str, Any]], situation: Situation) -> Iterator[Hypothesis]:
    """Convert into an error type of the crate: every type that is missing, at once."""
    if len(declared) != 1:
        return
    where, node = declared[0]
    code = situation.code(where)
    if code is None:
        return
    to = code.text(node.child_by_field_name("name"))
    holders = {of: held(node, of, code) for of in dict.fromkeys(place.of for place in these)}
    sure = {of: one[0] for of, one in holders.items() if len(one) == 1}
    single = [place for place in these if place.of in sure]
    if single:
        rewrites: dict[str, list[Rewrite]] = {}
        made = [converted(sure[of], node, code) for of in sure if any(p.asked for p in single if p.of == of)]
        if made:
            rewrites[where] = made
        for place in single:
            if not place.asked:
                how = sure[place.of].maker(_called(to, where, place, situation))
                rewrites.setdefault(place.path, []).append(after(place.node, f".map_err({how})"))
        kinds = ", ".join(f"`{of}` into `{sure[of].name}`" for of in sure)
        yield situation.hypothesis(
            single[0].error, f"`?` turns errors into `{to}` by `From`: {kinds}", rewrites, Cost.INTERFACE,
            f"everybody may turn these into `{to}` from now on",
        )  # fmt: skip
    several = [place for place in these if len(holders[place.of]) > 1]
    if several:
        best = [_nearest(place, holders[place.of], situation) for place in several]
        orders = [best, *([holders[place.of][n] for place in several] for n in range(2) if len(several) < 9)]
        for chosen in orders:
            names = ", ".join(dict.fromkeys(f"`{one.name}`" for one in chosen))
            makers = [
                one.maker(_called(to, where, place, situation)) for place, one in zip(several, chosen, strict=True)
            ]
            reason = f"`{to}` has several variants for this error: it is put into {names} before `?`"
            yield _mapped(several, makers, reason, "that this variant is the one that is meant is a guess", situation)
    yield from _without(these, [of for of in holders if not holders[of]], node, where, situation)


def _without(
    these: Sequence[Failing], kinds: Sequence[str], node: Any, where: str, situation: Situation
) -> Iterator[Hypothesis]:
    """Convert what no variant holds: into a new variant, or into the words in one that holds text."""
    code = situation.code(where)
    lost = [place for place in these if place.of in kinds]
    if code is None or not lost:
        return
    to = code.text(node.child_by_field_name("name"))
    new = [added(of, node, code, situation.read) for of in kinds]
    if all(new):
        reason = f"`{to}` has no variant for {', '.join(f'`{of}`' for of in kinds)}: it gets one, and `?` uses it"
        edit = [Rewrite(new[0].start, new[0].end, "".join(one.text for one in new if one))] if new[0] else []
        yield situation.hypothesis(lost[0].error, reason, {where: edit}, Cost.INTERFACE, "callers meet a variant more")
    text = [one for kind in ("String", "Box<str>") for one in held(node, kind, code)]
    for one in text[:2]:
        called = [_called(to, where, place, situation) for place in lost]
        words = "error.to_string()" if one.text == "String" else "error.to_string().into()"
        makers = [
            _typed(f"|error| {one.made(name, words)}", place, situation)
            for name, place in zip(called, lost, strict=True)
        ]
        reason = f"no variant of `{to}` holds this error: its words are put into `{one.name}`"
        yield _mapped(lost, makers, reason, "of the error only its words are left", situation)


def _typed(maker: str, place: Failing, situation: Situation) -> str:
    """Return a closure with the type of its argument where nothing else says it, as after `.parse()`."""
    code, known = situation.code(place.path), STANDARD_PATHS.get(bare(place.of))
    asked = code is not None and known and re.search(r"\.parse\(\)$", code.text(place.node))
    return maker.replace("|error|", f"|error: {known}|") if asked else maker


def _mapped(
    places: Sequence[Failing], makers: Sequence[str], reason: str, trade_off: str, situation: Situation
) -> Hypothesis:
    rewrites: dict[str, list[Rewrite]] = {}
    for place, maker in zip(places, makers, strict=True):
        rewrites.setdefault(place.path, []).append(after(place.node, f".map_err({maker})"))
    return situation.hypothesis(places[0].error, reason, rewrites, Cost.SMALL, trade_off)


def _called(to: str, where: str, place: Failing, situation: Situation) -> str:
    code = situation.code(place.path)
    return reachable(to, where, place.path, code) if code else to


def _nearest(place: Failing, holders: Sequence[Holder], situation: Situation) -> Holder:
    """Return the variant whose name shares most letters with a word at this place, the statement before the function's
    name."""
    code = situation.code(place.path)
    if code is None:
        return holders[0]
    statement, function = code.statement(place.node), innermost(place.node, "function_item")
    said = code.text(place.node).lower()
    near = code.text(statement)[:400].lower() if statement is not None else ""
    far = code.text(function.child_by_field_name("name")).lower() if function is not None else ""

    def likeness(one: Holder) -> int:
        words = [word.lower()[:4] for word in re.findall(r"[A-Z][a-z]+", one.name) if len(word) > 2]
        return sum(weight * (word in text) for word in words for text, weight in ((said, 4), (near, 2), (far, 1)))

    return max(holders, key=likeness)


def _made_errors(
    boxed: Sequence[tuple[Diagnostic, str]], types: dict[str, list[tuple[str, Any]]], situation: Situation
) -> Iterator[Hypothesis]:
    """Implement `Error` for the crate's types that are put into a `Box<dyn Error>`."""
    rewrites: dict[str, list[Rewrite]] = {}
    names = list(dict.fromkeys(of for _, of in boxed if len(types.get(bare(of), ())) == 1))
    for of in names:
        path, node = types[bare(of)][0]
        code = situation.code(path)
        if code is None or node.child_by_field_name("type_parameters") is not None:
            return
        impls = {
            bare(other.text(trait))
            for _, other in situation.sources()
            for one in under(other.root, "impl_item")
            if (trait := one.child_by_field_name("trait")) is not None
            and bare(other.text(one.child_by_field_name("type"))) == bare(of)
        }
        if "Display" not in impls:
            return
        edits = rewrites.setdefault(path, [])
        edits.append(written(f"impl std::error::Error for {bare(of)} {{}}", node, code))
        if "Debug" not in impls | derived(node, code).keys():
            edits.append(derive(node, ["Debug"], code))
    if rewrites:
        said = ", ".join(f"`{of}`" for of in names)
        reason = f"`?` puts only an `Error` into a box: {said} has its words already, and is one now"
        yield situation.hypothesis(boxed[0][0], reason, rewrites, Cost.INTERFACE, "the type promises more to everybody")
