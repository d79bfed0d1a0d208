"""Hypotheses: changes that may fix the errors, each with a reason, a cost, and the diagnostics it should end.

The compiler's own suggestions come first: all machine-applicable ones together, then every other one on its own, the
cheapest first. That a suggestion "may be incorrect" does not keep it from being tried in a scratch copy, where the
tests decide. What the model proposes has the same form and is judged in the same way.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import PurePosixPath

from rusta.tools import suggest
from rusta.tools.diagnostics import Applicability, Diagnostic, Level, Suggestion
from rusta.upgrade.rules import ProvedReplacement

FileReader = Callable[[str], bytes | None]


class Cost(IntEnum):
    """How much a change gives up. The search tries cheaper ones first."""

    NONE = 0  # the same program
    SMALL = 1  # a copy, an allocation, something computed sooner
    INTERFACE = 2  # a signature, a bound, a derive, a visibility
    RUNTIME = 3  # what the compiler checked is checked at run time: a lock, `RefCell`, `unwrap`, a cast
    ASKED = 4  # a dependency, a feature, a version, an edition, `unsafe`: a person is asked for it by itself


@dataclass(frozen=True)
class Hypothesis:
    """A change with its reason. `changes` are whole files by path; `aims` are the diagnostics it should end."""

    source: str  # "compiler", "craft" (`borrowck_fixes`) or "mind" (the model)
    reason: str
    trade_off: str
    changes: Mapping[str, bytes | None]
    aims: tuple[str, ...]
    cost: Cost = Cost.SMALL
    replaced: tuple[ProvedReplacement, ...] = ()  # items of a dependency, by what a newer release has in their place


def from_compiler(diagnostics: Sequence[Diagnostic], read: FileReader) -> Iterator[Hypothesis]:
    """Yield hypotheses for the errors in `diagnostics`, in the order in which they should be tried.

    Those of `beside_macros` and `beside_features` are left out.
    """
    errors = [one for one in diagnostics if one.level is Level.error]
    later = [*_generated(errors), *_configured_out(errors)]
    yield from _suggested([one for one in errors if one not in later], read)


def beside_macros(diagnostics: Sequence[Diagnostic], read: FileReader) -> Iterator[Hypothesis]:
    """Yield what rustc suggests where a procedural macro of the workspace is used, whose own code may be at fault.

    A strategy that knows the macro (`generated_code`) offers these after its own.
    """
    yield from _suggested(_generated([one for one in diagnostics if one.level is Level.error]), read)


def beside_features(diagnostics: Sequence[Diagnostic], read: FileReader) -> Iterator[Hypothesis]:
    """Yield what rustc suggests instead of an item that is there and configured out: another item of the same name.

    A strategy that knows the feature (`dependency_features`) offers these after its own, and they are asked for as well,
    since a namesake seldom does the same (`std::fs` for `tokio::fs`).
    """
    errors = _configured_out([one for one in diagnostics if one.level is Level.error])
    yield from (replace(one, cost=Cost.ASKED) for one in _suggested(errors, read))


def _generated(errors: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the errors in what a procedural macro of the workspace generated, and those that say the same elsewhere."""
    said = {
        one.message for one in errors for site in one.macros
        if site.name.startswith("#[") and not PurePosixPath(site.path).is_absolute()
    }  # fmt: skip
    return [one for one in errors if one.message in said]


def _configured_out(errors: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the errors about an item of another crate that rustc found configured out."""
    return [
        one for one in errors for child in one.children
        if "configured out" in child.message and any(PurePosixPath(span.path).is_absolute() for span in child.spans)
    ]  # fmt: skip


def _suggested(errors: Sequence[Diagnostic], read: FileReader) -> Iterator[Hypothesis]:
    sure = [
        (error, one)
        for error in errors
        for one in error.suggestions
        if one.applicability is Applicability.machine and one.ways == 1
    ]
    if len(sure) > 1 and (changes := suggest.apply_suggestions([one for _, one in sure], read).files):
        reason = "; ".join(dict.fromkeys(_sentence(one) for _, one in sure))
        yield Hypothesis(
            "compiler", reason, price(changes, read), changes, tuple(dict.fromkeys(name(e) for e, _ in sure))
        )
    yield from _everywhere(errors, read)
    for error in errors:
        for one in sorted(error.suggestions, key=_cost):
            if _has_gap(one):
                continue
            if changes := suggest.apply_suggestions([one], read).files:
                yield Hypothesis("compiler", _sentence(one), price(changes, read), changes, (name(error),))


def _everywhere(errors: Sequence[Diagnostic], read: FileReader) -> Iterator[Hypothesis]:
    """Yield what rustc suggests in the same words at several places, at all of them: one change of an API breaks them all."""
    alike = dict[tuple[str | None, str, str], list[tuple[Diagnostic, Suggestion]]]()
    for error in errors:
        for one in error.suggestions:
            if one.ways == 1 and not _has_gap(one) and one.applicability is not Applicability.machine:
                alike.setdefault((error.code, error.message, one.message), []).append((error, one))
    for found in alike.values():
        if len(found) >= SEVERAL and (changes := suggest.apply_suggestions([one for _, one in found], read).files):
            aims = tuple(dict.fromkeys(name(error) for error, _ in found))
            reason = f"{_sentence(found[0][1])}, at all {len(found)} places"
            yield Hypothesis("compiler", reason, price(changes, read), changes, aims)


def name(diagnostic: Diagnostic) -> str:
    """Return a diagnostic's code and first message line, which stay the same when the lines around it move.

    Where the message is the same for all errors of its kind, the types are added, so that one is not taken for another.
    """
    message = diagnostic.message.splitlines()[0] if diagnostic.message else ""
    label = (diagnostic.primary.label or "").splitlines()[:1] if diagnostic.primary else []
    types = f": {label[0]}" if message == MISMATCHED and label and label[0].startswith("expected ") else ""
    return f"{diagnostic.code or 'error'}: {message}{types}"


MISMATCHED = "mismatched types"
CERTAINTY = {
    Applicability.machine: 0,
    Applicability.maybe: 1,
    Applicability.unspecified: 2,
    Applicability.placeholders: 3,
}


def _cost(suggestion: Suggestion) -> tuple[int, int, int]:
    """Return the sort key: surer suggestions first, then fewer copies, then the smaller change."""
    written = " ".join(part.text for part in suggestion.parts)
    copies = len(re.findall(r"\.clone\(\)|\.to_owned\(\)|\.to_string\(\)|\.to_vec\(\)|\.cloned\(\)", written))
    return CERTAINTY[suggestion.applicability], copies, len(written)


def _has_gap(suggestion: Suggestion) -> bool:
    """Return whether the suggestion contains a placeholder that a person would have to fill in."""
    rows = [row for part in suggestion.parts for row in part.text.split("\n")]
    return any("*/" in row.partition("/*")[2] or re.search(r"\btodo!|<type>|\.\.\.", row) for row in rows)


def _sentence(suggestion: Suggestion) -> str:
    """Return the first line of the compiler's message, as the reason."""
    words = suggestion.message.strip().splitlines()[0] if suggestion.message.strip() else "as the compiler suggests"
    return words.rstrip(":.").strip()


SEVERAL = 3  # places at which rustc says the same
FREE = "nothing that I can see: the same program, written so that it compiles"
# The cost of a change by the text it adds: the first pattern that occurs more often than before decides.
PRICES = (
    (r"\.clone\(\)|\.cloned\(\)|\.to_owned\(\)|\.to_string\(\)|\.to_vec\(\)", "a copy is made each time this runs"),
    (r"\bunsafe\b", "the compiler no longer checks what happens inside"),
    (r"'static\b", "callers may only pass what lives for the whole program"),
    (r"\bArc\b", "a counter is kept that all threads share"),
    (r"\bRc\b|\bRefCell\b|\bMutex\b", "what the compiler checked is checked when it runs"),
    (r"\bBox<dyn\b|\bdyn\b", "calls go through a table instead of being known in advance"),
    (r"\bmove\b", "the closure owns what it uses, and nobody else can use it afterwards"),
    (r"#\[derive", "the type promises more to everybody who uses it"),
    (r"\bpub\b", "others may use it from now on, and will"),
    (r"&mut\b|\bmut\b", "it may change from here on, where before it could not"),
    (r"<'\w+|'\w+\b", "the lifetime is part of the signature now, and callers see it"),
    (r"\.unwrap\(\)|\.expect\(", "where there is nothing it panics"),
    (r"\bas \w+", "a value that does not fit is cut without a word"),
    (r"&", "it is borrowed, and has to outlive its use"),
    (r"\?", "the caller has to deal with the error"),
)


def price(changes: Mapping[str, bytes | None], read: FileReader) -> str:
    """Return the cost of these changes as a phrase, derived from the text they add; `FREE` where no pattern matches."""
    for pattern, words in PRICES:
        for path, new in changes.items():
            old = (read(path) or b"").decode("utf-8", "replace")
            if len(re.findall(pattern, (new or b"").decode("utf-8", "replace"))) > len(re.findall(pattern, old)):
                return words
    return FREE
