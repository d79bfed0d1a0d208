"""What rustc's labels say about a loan, as nodes: where it begins, what it meets, and what keeps it.

A borrow checker error has a primary span (the conflicting use) and labels on the others: "borrow occurs here" where
the loan begins, "later used here" or "returning this value requires" on what keeps it alive.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rusta.loop.think.situation import Situation
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.statements import Statements

CONFLICTS = {"E0499", "E0500", "E0501", "E0502", "E0503", "E0505", "E0506"}
BEGUN = re.compile(r"\bborrow\b.{0,200} occurs here|\bis borrowed here|^borrow of |\bborrowed here in the previous")
MOST_LOANS = 4  # loans that a strategy looks at in one state


@dataclass(frozen=True)
class LoanSite:
    """One conflict. `later` is what uses the loan afterwards, `returned` what a function returns of it."""

    error: Diagnostic
    path: str
    code: Statements
    begins: Any
    meets: Any
    later: Any = None
    returned: Any = None


def loan_sites(situation: Situation) -> Iterator[LoanSite]:
    """Yield the conflicts of the first loans with other uses, each within one file."""
    known: set[tuple[str, int, int]] = set()
    for error in [one for one in situation.errors if one.code in CONFLICTS]:
        place = error.primary
        code = situation.code(place.path) if place else None
        if place is None or code is None:
            continue
        begins = later = returned = None
        for span in error.spans:
            label = span.label or ""
            if span.path != place.path:
                continue
            if BEGUN.search(label) and (begins is None or not span.primary):
                begins = code.node(span.start, span.end)
            if "requires that" in label:
                returned = code.node(span.start, span.end)
            elif "later" in label:
                later = code.node(span.start, span.end)
        if begins is not None:
            known.add((place.path, begins.start_byte, begins.end_byte))
            if len(known) > MOST_LOANS:
                return
            yield LoanSite(error, place.path, code, begins, code.node(place.start, place.end), later, returned)


def apart(sites: Iterator[LoanSite]) -> Iterator[LoanSite]:
    """Yield the first conflict of each loan."""
    known: set[tuple[str, int, int]] = set()
    for one in sites:
        key = (one.path, one.begins.start_byte, one.begins.end_byte)
        if key not in known:
            known.add(key)
            yield one
