"""Targets that this toolchain cannot build, whatever their code says: they are told once, and neither mended nor judged.

A benchmark that uses `#![feature]` needs a nightly compiler; on stable rustc ends it with E0554, and every other error
of that target follows from it. A library is no such target: what is built upon it could not be built either.
"""

from collections.abc import Sequence

from rusta.tools.diagnostics import BuildTarget, Diagnostic, Level

NIGHTLY = "E0554"
ASIDE = {"bench", "example", "test", "bin"}


def split(diagnostics: Sequence[Diagnostic]) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the diagnostics without those of targets that need another toolchain, and one error of each such target."""
    first: dict[tuple[str, BuildTarget], Diagnostic] = {}
    for one in diagnostics:
        if one.code == NIGHTLY and one.level is Level.error and one.target and one.target.kind in ASIDE:
            first.setdefault((one.package, one.target), one)
    kept = tuple(one for one in diagnostics if one.target is None or (one.package, one.target) not in first)
    return kept, tuple(first.values())


def aside_sentence(aside: Sequence[Diagnostic]) -> str:
    """Return a sentence on what was set aside, "" for nothing."""
    names = [f"{one.target.kind} `{one.target.name}`" for one in aside if one.target]
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    need = "needs" if len(names) == 1 else "need"
    return f"{', '.join(names[:3])}{more} {need} a nightly compiler (`#![feature]`), which this is not: set aside, and no fault of yours."
