"""Say how a workspace is, from cargo's reports alone: whether it builds here, why not, and whether its tests pass.

There are three answers to each: yes, no, and not known (stopped, or never begun). What is not for the code to mend (a
compiler that is too old, a C library that is not installed) is said as such. Benchmarks are not what a crate is for:
one that does not compile is told beside the answer. No model is involved.
"""

from collections.abc import Sequence

from rusta.core.output import many
from rusta.loop.think.hypotheses import name
from rusta.tools import unbuildable
from rusta.tools.cargo import CargoReport
from rusta.tools.cargo_faults import LACKING, Fault, facts
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.libtest import Outcome
from rusta.tools.present import limit, shorten

SHOWN = 3  # errors, and names of tests
WIDTH = 240  # characters of one error


def judged(report: CargoReport) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the errors of what the crate is for (libraries, programs, tests, examples), and those of benchmarks only."""
    benches = tuple(one for one in report.errors if one.target is not None and one.target.kind == "bench")
    return tuple(one for one in report.errors if one not in benches), benches


def builds(report: CargoReport) -> bool | None:
    """Return whether what the crate is for compiles; None where it is not known."""
    errors, benches = judged(report)
    if errors:
        return False
    return None if report.stopped else report.ok or bool(benches)


def of_machine(errors: Sequence[Diagnostic]) -> bool:
    """Return whether every error is about what this machine lacks, which no change of the code mends."""
    return bool(errors) and all(one.code in LACKING for one in errors)


def standing(report: CargoReport, tests: CargoReport | None = None, refused: str = "") -> str:
    """Return sentences on cargo's check of all targets, and on its test run; `refused` is why there was none."""
    said = [_built(report), *_beside(report)]
    if tests is not None:
        said += [_tested(tests)]
    elif refused and builds(report):
        said += [f"I did not run its tests: {refused.rstrip('.')}."]
    return " ".join(said)


def _built(report: CargoReport) -> str:
    errors, _ = judged(report)
    held = builds(report)
    if held:
        return "It builds."
    if held is None:
        return f"I do not know whether it builds: cargo was stopped {limit(report)}. What is built so far is kept."
    if not errors:
        return f"It does not build: {_short(report.output) or 'cargo gave no reason'}"
    return f"It does not build{_why(errors)}"


def _why(errors: Sequence[Diagnostic]) -> str:
    here = " here" if of_machine(errors) else ""
    lines = list(dict.fromkeys(lacking(one) if one.code in LACKING else _placed(one) for one in errors))
    more = f" And {len(lines) - SHOWN} more." if len(lines) > SHOWN else ""
    count = "" if here or len(lines) == 1 else f" {many(len(lines), 'error')}."
    return f"{here}:{count} {' '.join(_ended(line) for line in lines[:SHOWN])}{more}"


def lacking(error: Diagnostic) -> str:
    """Return a sentence on what this machine lacks for a package to be built."""
    said = facts(error)
    needs = f"`{error.package}` needs" if error.package else "it needs"
    what = f"`{said['name']}`" if "name" in said else "one that is not named"
    match error.code:
        case Fault.missing_library:
            return (
                f"{needs} the C library {what}, which is not installed on this machine. Install its development package, and "
                "the code can stay as it is."
            )
        case Fault.missing_program:
            return f"{needs} the program {what}, which is not installed on this machine."
        case _:
            return f"{_short(error.message)}. A newer toolchain (rustup update) builds it; the code can stay as it is."


def _placed(error: Diagnostic) -> str:
    return f"{_short(name(error))}{f' in {error.place}' if error.primary else ''}"


def _beside(report: CargoReport) -> list[str]:
    _, benches = judged(report)
    names = list(dict.fromkeys(f"the benchmark `{one.target.name}`" for one in benches if one.target))
    broken = [f"Beside that, {', '.join(names[:SHOWN])} does not compile: {_placed(benches[0])}."] if names else []
    return [one for one in (unbuildable.aside_sentence(report.aside), *broken) if one]


def _tested(tests: CargoReport) -> str:
    counts = {outcome: sum(test.outcome is outcome for test in tests.tests) for outcome in Outcome}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    if tests.errors:
        return f"Its tests cannot be built{_why(tests.errors)}"
    if tests.failures:
        names = [f"`{test.name}`" for test in tests.failures[:SHOWN]]
        more = f" and {len(tests.failures) - SHOWN} more" if len(tests.failures) > SHOWN else ""
        return f"Its tests do not all pass: {told}. Failing: {', '.join(names)}{more}."
    if tests.stopped:
        return f"I do not know whether its tests pass: cargo was stopped {limit(tests)}{f', after {told}' if told else ''}."
    if not tests.ok:
        return f"Its tests do not pass: {_ended(_short(tests.output) or 'cargo gave no reason')}"
    return f"Its tests pass: {told}." if told else "It has no tests."


def _short(text: str) -> str:
    return shorten(" ".join(text.split()), 1, WIDTH)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "...")) else f"{text}."
