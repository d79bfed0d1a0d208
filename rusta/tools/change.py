"""Compare two runs: which diagnostics are fixed, which are new, and which are only hidden.

Two diagnostics are the same if code, message, file and the text of the line they point at are equal, wherever that line
has moved; those left over are paired without the line, so that a reformatted line does not count as a fix.

A compiler that stops early proves nothing about what it did not reach. Diagnostics that disappeared are `hidden`
instead of `fixed` while syntax or imports are broken, while the same file has errors that come before borrow checking,
while a package was not compiled, and, for warnings, while there is any error at all. In doubt a diagnostic is not
called fixed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Diagnostic, Level

# Codes of the borrow checker (rustc_borrowck), which does not run on a body that has other errors.
CODES = """E0373 E0381 E0382 E0384 E0499 E0500 E0501 E0502 E0503 E0505 E0506 E0507 E0508 E0509 E0510 E0515 E0521 E0594 E0596
E0597 E0621 E0626 E0700 E0712 E0713 E0716"""
BORROWS = frozenset(CODES.split())
# Unresolved imports and modules: much of the remaining code is then not checked.
NAMES = ("E0432", "E0433", "E0583")


@dataclass(frozen=True)
class Change:
    """Diagnostics by status. `fixed` and `hidden` are from the earlier run, `new` and `same` from the later one."""

    fixed: tuple[Diagnostic, ...]
    hidden: tuple[Diagnostic, ...]
    new: tuple[Diagnostic, ...]
    same: tuple[Diagnostic, ...]


def between(before: CargoReport, after: CargoReport) -> Change:
    """Compare one report with the next of the same command."""
    gone, new, same = _paired(list(before.diagnostics), list(after.diagnostics))
    hidden = [one for one in gone if _out_of_sight(one, after)]
    fixed = [one for one in gone if one not in hidden]
    return Change(tuple(fixed), tuple(hidden), tuple(new), tuple(same))


def _paired(
    before: list[Diagnostic], after: list[Diagnostic]
) -> tuple[list[Diagnostic], list[Diagnostic], list[Diagnostic]]:
    same: list[Diagnostic] = []
    for exact in (True, False):
        left = Counter(_identity(one, exact) for one in before)
        rest: list[Diagnostic] = []
        paired: Counter[tuple[str, ...]] = Counter()
        for one in after:
            key = _identity(one, exact)
            if paired[key] < left[key]:
                paired[key] += 1
                same.append(one)
            else:
                rest.append(one)
        unpaired: list[Diagnostic] = []
        for one in before:
            key = _identity(one, exact)
            if paired[key]:
                paired[key] -= 1
            else:
                unpaired.append(one)
        before, after = unpaired, rest
    return before, after, same


def _identity(one: Diagnostic, exact: bool) -> tuple[str, ...]:
    at = one.primary
    line = " ".join(at.text[0].split()) if exact and at and at.text else ""
    # A closure's type includes its position: {closure@src/main.rs:4:5: 4:8}.
    message = re.sub(r":\d+:\d+(?:: \d+:\d+)?", "", one.message)
    return (one.level, one.code or "", message, at.path if at else one.package, line)


def _out_of_sight(one: Diagnostic, after: CargoReport) -> bool:
    errors = after.errors
    if after.stopped or (not after.ok and not errors and not after.tests):
        return True  # compilation did not start
    if not errors:
        return False
    if one.level != Level.error or (one.package and one.package not in after.packages):
        return True
    if any(_stops_everything(error) and error.package == one.package for error in errors):
        return True
    return _borrows(one) and any(not _borrows(error) and _path(error) == _path(one) for error in errors)


def _borrows(one: Diagnostic) -> bool:
    return one.code in BORROWS


def _stops_everything(error: Diagnostic) -> bool:
    return error.code is None or error.code in NAMES


def _path(one: Diagnostic) -> str:
    return one.primary.path if one.primary else ""


def grouped(diagnostics: Sequence[Diagnostic]) -> list[list[Diagnostic]]:
    """Group diagnostics with the same level, code and span: a call with a wrong type may fail three bounds."""
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for one in diagnostics:
        at = one.primary
        groups.setdefault((one.level, one.code, at.path, at.start, at.end) if at else (one.message,), []).append(one)
    return list(groups.values())
