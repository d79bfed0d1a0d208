"""Format a cargo report for the model: short, in a fixed order, with the same words for the same facts.

Errors come before warnings, in the compiler's order, because later errors often follow from the first. A few are shown
as rustc renders them, the rest are counted by code. Warnings in files that the agent did not touch are left out. No
times, thread numbers or ANSI colours: equal runs give equal text, which also keeps a prompt cache valid.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from rusta.core.output import many
from rusta.tools.cargo import CargoReport
from rusta.tools.change import Change, between, grouped
from rusta.tools.diagnostics import Diagnostic, Level, worst_first
from rusta.tools.libtest import Outcome, Test

SHOWN = 4  # diagnostics, and failing tests
LINES = 24  # of one rendered diagnostic or one test's output
OUTPUT = 40  # lines of what a program printed
WIDTH = 200  # characters of one line
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")
# Lines that every diagnostic of its kind repeats, or that the header repeats.
ECHOES = re.compile(
    r"^\s*= note: `#\[(?:warn|deny)\(.*on by default$|^For more information about this error|^\s*= help: for further"
)
# Lines that add nothing: the advice to ask for a backtrace, and labels of doc test output.
NOISE = re.compile(r"^note: run with `RUST_BACKTRACE=|^Test executable failed|^stderr:$")


def present(
    report: CargoReport, before: CargoReport | None = None, touched: Collection[str] | None = None, shown: int = SHOWN
) -> str:
    """Return the report as text, compared with the run `before` it, if there was one.

    `touched`: paths the agent has read or changed, relative to the workspace; None shows the warnings of every file.
    """
    kept = [one for one in report.diagnostics if _hers(one, touched)]
    change = between(before, report) if before else None
    groups = grouped(worst_first(kept))
    if report.errors:  # while it does not compile, warnings are only counted
        groups, later = (
            [g for g in groups if g[0].level == Level.error],
            [g for g in groups if g[0].level != Level.error],
        )
    else:
        later = []
    parts = [_headline(report, kept, change, touched)]
    if report.stopped:
        parts.append(f"Stopped {limit(report)}: what follows is incomplete.")
    parts += [f"{denial}" for denial in report.denials[:shown]]
    parts += [_picture(group, change) for group in groups[:shown]]
    if rest := groups[shown:] + later:
        parts.append(f"... and {len(rest)} more: {_counted(rest)}.")
    parts += [_test(test) for test in report.failures[:shown]]
    if len(report.failures) > shown:
        parts.append(f"... and {len(report.failures) - shown} more: {_names(report.failures[shown:])}.")
    if change and change.fixed:
        parts.append(f"Fixed: {_titles(change.fixed, shown)}.")
    if change and change.hidden:
        parts.append(f"Not reached this time, so not known to be fixed: {_titles(change.hidden, shown)}.")
    if report.output and (report.command == "cargo run" or not (report.ok or report.errors or report.failures)):
        parts.append(shorten(report.output, OUTPUT))
    return "\n".join(parts)


def shorten(text: str, lines: int, width: int = WIDTH) -> str:
    """Shorten a text to `lines` lines of `width` characters, keeping head and tail; terminal escapes are removed."""
    kept = [
        line if len(line) <= width else f"{line[:width]}..." for line in ESCAPES.sub("", text.strip("\n")).split("\n")
    ]
    if len(kept) <= lines:
        return "\n".join(kept)
    head = (lines * 2) // 3
    tail = lines - head - 1
    return "\n".join([*kept[:head], f"... {len(kept) - head - tail} lines ...", *kept[-tail:]])


def _headline(
    report: CargoReport, kept: Sequence[Diagnostic], change: Change | None, touched: Collection[str] | None
) -> str:
    errors = sum(one.level == Level.error for one in kept)
    warnings = sum(one.level == Level.warning for one in kept)
    said = [many(errors, "error")] if errors else []
    said += [many(warnings, "warning")] if warnings else []
    if report.tests:
        ends = Counter(test.outcome for test in report.tests)
        said += [f"{ends[outcome]} {outcome}" for outcome in Outcome if ends[outcome]]
    if not said:
        said = ["ok" if report.ok else "failed"]
    line = f"{report.command}: {', '.join(said)}."
    if change and (change.fixed or change.hidden or change.new or change.same):
        news = [f"{len(change.fixed)} fixed", f"{len(change.new)} new", f"{len(change.same)} the same"]
        line += f" Since the last run: {', '.join(news)}."
    other = sum(not _hers(one, touched) for one in report.diagnostics)
    if other:
        line += f" ({many(other, 'warning')} in files you have not touched.)"
    return line


def _picture(group: Sequence[Diagnostic], change: Change | None) -> str:
    first = group[0]
    new = " (new)" if change and first in change.new and (change.same or change.fixed) else ""
    drawn = first.rendered or f"{first.level}: {first.message}\n --> {first.place}"
    lines = [line.rstrip() for line in drawn.strip("\n").split("\n")]
    # Empty gutter lines ("|") around the source carry no information.
    lines = [line for line in lines if not ECHOES.search(line) and not re.fullmatch(r"\s*\|", line)]
    if first.code and f"[{first.code}]" not in lines[0]:
        lines[0] = lines[0].replace(":", f"[{first.code}]:", 1)
    lines[0] += new
    also = [f"(also here: {one.message})" for one in group[1:3]]
    return "\n" + shorten("\n".join([*lines, *also]), LINES)


def _test(test: Test) -> str:
    if test.outcome == Outcome.unfinished:
        return f"\ntest {test.name} started and never came back."
    output = re.sub(r"(thread '[^'\n]{0,400}') \(\d+\)", r"\1", test.output)
    lines = [line for line in output.split("\n") if line.strip() and not NOISE.search(line)]
    return f"\ntest {test.name} failed:\n" + shorten("\n".join(lines), LINES)


def limit(report: CargoReport) -> str:
    """Return the limit at which a command was stopped, as words that follow "stopped"."""
    why = {
        "time": f"after {report.seconds:.0f} s, its limit",
        "memory": "at its limit of memory",
        "disk": "at its limit of disk space",
        "output": "because it printed without end",
        "processes": "at its limit of processes",
        "interrupted": "by the person",
    }
    return why[str(report.stopped)]


def _hers(one: Diagnostic, touched: Collection[str] | None) -> bool:
    return touched is None or one.level == Level.error or one.primary is None or one.primary.path in touched


def _counted(groups: Sequence[Sequence[Diagnostic]]) -> str:
    codes = Counter(group[0].code or str(group[0].level) for group in groups)
    return ", ".join(f"{code} x{times}" if times > 1 else code for code, times in codes.most_common())


def _titles(diagnostics: Sequence[Diagnostic], shown: int) -> str:
    titles = [
        f"{one.code or one.level} {one.message} ({one.primary.path if one.primary else one.package})"
        for one in diagnostics
    ]
    more = [f"{len(titles) - shown} more"] if len(titles) > shown else []
    return "; ".join([*(shorten(title.replace("\n", " "), 1, 120) for title in titles[:shown]), *more])


def _names(tests: Sequence[Test]) -> str:
    return ", ".join(test.name for test in tests[:12]) + (", ..." if len(tests) > 12 else "")
