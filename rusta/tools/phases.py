"""The phase of compilation in which a diagnostic arises: a repair that ends all errors of one phase may uncover others.

cargo reads the manifests, rustc parses and resolves names, then checks types, then borrows; errors of one phase keep
most of what the next would say from being said. So five borrow errors are nearer to a program than one import.
"""

import re
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum

from rusta.tools.change import BORROWS, NAMES
from rusta.tools.diagnostics import Diagnostic


class CompilerPhase(IntEnum):
    """Phases in reverse order: a lower one is nearer to a program that compiles."""

    LINTS = 0
    BORROWS = 1
    TYPES = 2
    NAMES = 3
    SYNTAX = 4
    CARGO = 5


CARGO = "cargo::"  # the prefix of the codes that `cargo_faults` gives
LATE = re.compile(r"lifetime may not live long enough|does not live long enough|captured variable cannot escape")
TYPED = re.compile(
    r"cannot be (?:sent|shared) between threads safely|type annotations needed|overflow|evaluation of|"
    r"implicitly-borrowing pattern|`impl` item signature doesn't match"
)


def phase(error: Diagnostic) -> CompilerPhase:
    """Return the phase of an error."""
    code = error.code
    if code is None:
        if LATE.search(error.message):
            return CompilerPhase.BORROWS
        return CompilerPhase.TYPES if TYPED.search(error.message) else CompilerPhase.SYNTAX
    if code.startswith(CARGO):
        return CompilerPhase.CARGO
    if code in BORROWS:
        return CompilerPhase.BORROWS
    if code in NAMES:
        return CompilerPhase.NAMES
    return CompilerPhase.TYPES if re.fullmatch(r"E\d{4}", code) else CompilerPhase.LINTS


def distance(errors: Sequence[Diagnostic]) -> tuple[int, int, int]:
    """Return how far errors are from none: their earliest phase, how many are of it, and how many there are in all."""
    if not errors:
        return (-1, 0, 0)
    phases = [phase(one) for one in errors]
    worst = max(phases)
    return (worst, phases.count(worst), len(errors))


LIBRARIES = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro", "custom-build"}


def uncovers(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> bool:
    """Return whether a library compiles now that did not, so that the errors of what is built upon it show at last.

    No target may have more errors than before, and none that is not built upon that library may have new ones.
    """
    was, now = (Counter((one.package, one.target) for one in errors) for errors in (before, after))
    done = [target for _, target in was.keys() - now.keys() if target is not None and target.kind in LIBRARIES]
    return bool(done) and all(now[unit] <= was[unit] for unit in now.keys() & was.keys())
