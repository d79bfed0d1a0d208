"""Why something does not compile, from facts: what cargo reports, rustc's labels and notes, what it would change. No model is asked."""

from collections.abc import Sequence

from rusta.core.output import many
from rusta.loop.refine.repair_account import error_facts
from rusta.loop.think.case_view import grouped_by_cause
from rusta.tools.cargo import CargoReport
from rusta.tools.present import limit, shorten

GROUPS = 4  # kinds of errors that are told
PLACES = 4  # further places of one kind
OUTPUT = 12  # lines of what cargo printed where it reports no error


def why_broken(report: CargoReport) -> str:
    """Return why a workspace does not compile, or that it does, or that it is not known."""
    if report.stopped:
        return f"I do not know: cargo was stopped {limit(report)}."
    if not report.errors:
        if report.ok:
            return "It compiles: `cargo check --all-targets` reports no error."
        return f"cargo comes to no judgement:\n\n```text\n{shorten(report.output, OUTPUT)}\n```"
    groups = grouped_by_cause(report.errors)
    kinds = f", of {many(len(groups), 'kind')}" if len(groups) > 1 else ""
    parts = [f"`cargo check --all-targets` reports {many(len(report.errors), 'error')}{kinds}. I changed nothing."]
    for group in groups[:GROUPS]:
        said = error_facts(group.first)
        if others := [place for place in group.places if place != group.first.place]:
            more = f" and {len(others) - PLACES} more" if len(others) > PLACES else ""
            said += f" The same at {', '.join(others[:PLACES])}{more}."
        parts.append(said)
    if len(groups) > GROUPS:
        parts.append(f"And {many(len(groups) - GROUPS, 'more kind')}.")
    if offered := len({one.message for error in report.errors for one in error.suggestions}):
        parts.append(f'rustc suggests {many(offered, "change")} for it; say "fix it", and I try them in a copy.')
    return "\n\n".join(parts)


def codes_of(report: CargoReport, most: int) -> Sequence[str]:
    """Return the first codes that rustc's pages explain."""
    codes = dict.fromkeys(one.code for one in report.errors if one.code and one.code.startswith("E"))
    return list(codes)[:most]
