"""Which type needs which trait, by what rustc says in its messages, notes and suggestions.

One error names one or several: "the trait bound `K: Eq` is not satisfied" (E0277), "the following trait bounds were not
satisfied" (E0599), "an implementation of `PartialEq` might be missing for `Piece`" (E0369), "consider restricting type
parameter `T` with trait `Ord`". They are collected here from all errors, so that they can be met together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.tools.declared import bare
from rusta.tools.diagnostics import Diagnostic, Span

PRELUDE = {
    "AsMut", "AsRef", "Clone", "Copy", "Default", "DoubleEndedIterator", "Drop", "Eq", "ExactSizeIterator", "Extend",
    "Fn", "FnMut", "FnOnce", "From", "FromIterator", "Into", "IntoIterator", "Iterator", "Ord", "PartialEq",
    "PartialOrd", "Send", "Sized", "Sync", "ToOwned", "ToString", "TryFrom", "TryInto", "Unpin",
}  # fmt: skip
OPERATORS = ("Add", "Sub", "Mul", "Div", "Rem", "Neg", "Not", "BitAnd", "BitOr", "BitXor", "Shl", "Shr")
ASSIGNING = ("AddAssign", "SubAssign", "MulAssign", "DivAssign", "RemAssign")
STANDARD = {
    "Hash": "std::hash::Hash",
    "Hasher": "std::hash::Hasher",
    "BuildHasher": "std::hash::BuildHasher",
    "Debug": "std::fmt::Debug",
    "Display": "std::fmt::Display",
    "LowerHex": "std::fmt::LowerHex",
    "UpperHex": "std::fmt::UpperHex",
    "FromStr": "std::str::FromStr",
    "Error": "std::error::Error",
    "Sum": "std::iter::Sum",
    "Product": "std::iter::Product",
    "Borrow": "std::borrow::Borrow",
    "Any": "std::any::Any",
    "Read": "std::io::Read",
    "Write": "std::io::Write",
    "BufRead": "std::io::BufRead",
    "Future": "std::future::Future",
    "Deref": "std::ops::Deref",
    "Index": "std::ops::Index",
    **{name: f"std::ops::{name}" for name in (*OPERATORS, *ASSIGNING)},
}
DEFINING = {"clone": "Clone", "cmp": "Ord", "partial_cmp": "PartialOrd", "hash": "Hash", "default": "Default"}

BOUND = re.compile(r"^the trait bound `(?P<type>.+?): (?P<trait>[\w:]+(?:<.*>)?)` is not satisfied")
LACKS = re.compile(r"^`(?P<type>.+)` doesn't implement `(?P<trait>[\w:]+)`$")
THREADS = re.compile(r"^`(?P<type>.+)` cannot be (?P<how>sent|shared) between threads safely$")
UNMET = re.compile(r"^\s*`(?P<type>.+?): (?P<trait>[\w:]+(?:<.*>)?)`$", re.MULTILINE)
MISSING = re.compile(r"an implementation of `(?P<trait>[^`]+)` might be missing for `(?P<type>.+)`")
RESTRICT = re.compile(r"(?:restricting|restrict) type parameter `(?P<type>[^`]+)`")
ANNOTATE = re.compile(r"consider annotating `(?P<type>.+)` with `#\[derive\((?P<traits>[\w, ]+)\)\]`")
NO_ITEM = re.compile(
    r"^no (?:method|function or associated item) named `(?P<item>\w+)` found for "
    r"(?:reference|struct|enum|union|type parameter)? ?`(?P<type>.+?)` in the current scope"
)
COMPARED = re.compile(r"the trait `(?P<trait>PartialEq|PartialOrd)` is not implemented for `(?P<type>.+)`")
CLONED = re.compile(r"`(?P<type>.+)` does not implement `Clone`, so `&.+` was cloned instead")
MOVED = re.compile(r"move occurs because .+ has type `(?P<type>\w+)`, which does not implement the `Copy` trait")
OUTPUT = re.compile(r"^cannot (?P<verb>\w+) `<(?P<type>\w+) as (?:\w+::)*(?P<trait>\w+)>::Output`")
VERBS = {"add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div"}
INSERTED = re.compile(r"^(?:: | \+ |, |)(?P<traits>.+?)(?: \+ |: |)$")


@dataclass(frozen=True)
class Need:
    """A type as rustc shows it, a trait as it shows it or as it suggests to write it, and where it is needed."""

    type: str
    trait: str
    at: Span
    error: Diagnostic


def needs(errors: Sequence[Diagnostic]) -> Iterator[Need]:
    """Yield what every error says is needed; the same thing may come several times."""
    for error in errors:
        at = error.primary
        if at is None:
            continue
        for kind, trait in _said(error):
            yield Need(kind.removeprefix("&").removeprefix("mut ").strip(), trait, at, error)


def _said(error: Diagnostic) -> Iterator[tuple[str, str]]:
    told = [child.message for child in error.children]
    for pattern in (BOUND, LACKS):
        if said := pattern.match(error.message):
            yield said["type"], said["trait"]
    if said := THREADS.match(error.message):
        yield said["type"], "Send" if said["how"] == "sent" else "Sync"
    for text in told:
        if "trait bounds were not satisfied" in text:
            yield from ((said["type"], said["trait"]) for said in UNMET.finditer(text))
        for pattern in (MISSING, CLONED):
            if said := pattern.search(text):
                yield said["type"], said["trait"] if pattern is MISSING else "Clone"
    if error.message.startswith("can't compare"):
        for text in [error.primary.label or "" if error.primary else "", *told]:
            yield from ((said["type"], said["trait"]) for said in COMPARED.finditer(text))
    if (said := NO_ITEM.match(error.message)) and said["item"] in DEFINING:
        yield said["type"], DEFINING[said["item"]]
    if error.code in ("E0382", "E0507", "E0508"):
        yield from ((said["type"], "Copy") for span in error.spans if (said := MOVED.search(span.label or "")))
    if (said := OUTPUT.match(error.message)) and said["verb"] in VERBS:  # the operator's result is no number yet
        for trait in (said["trait"], VERBS[said["verb"]]):
            yield said["type"], f"{trait}<Output = {said['type']}>"
    if error.code == "E0204":
        for span in error.spans:
            if span.text and "does not implement `Copy`" in (span.label or ""):
                field = span.text[0][span.column - 1 : span.column_end - 1 if span.line == span.line_end else None]
                yield from ((name, "Copy") for name in re.findall(r"\b[A-Z]\w*", field))
    yield from _suggested(error)
    yield from _reference_cloned(error)


def _suggested(error: Diagnostic) -> Iterator[tuple[str, str]]:
    for one in error.suggestions:
        if said := ANNOTATE.search(one.message):
            yield from ((said["type"], trait.strip()) for trait in said["traits"].split(","))
        elif said := RESTRICT.search(one.message):
            for part in one.parts:
                found = INSERTED.match(part.text)
                if found and re.match(r"[\w:]+", found["traits"]):
                    operator = bare(found["traits"]) in OPERATORS and "<" not in found["traits"]
                    yield said["type"], f"{found['traits']}<Output = {said['type']}>" if operator else found["traits"]


def _reference_cloned(error: Diagnostic) -> Iterator[tuple[str, str]]:
    """`.clone()` of a reference to a type parameter without `Clone` copies the reference: E0308."""
    at = error.primary
    if error.code != "E0308" or at is None or not any(".clone()" in line for line in at.text):
        return
    for span in error.spans:
        if span.label in ("expected this type parameter", "found this type parameter") and span.text:
            name = span.text[0][span.column - 1 : span.column_end - 1]
            if re.search(rf"found `.*&{name}\b", at.label or ""):
                yield name, "Clone"
