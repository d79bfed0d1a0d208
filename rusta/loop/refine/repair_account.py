"""Summarize a repair from recorded facts: the compiler's messages, the change, its cost, and which checks passed.

No model is involved, so the text is available at once and states nothing that did not happen.
"""

from collections.abc import Sequence

from rusta.core.output import many
from rusta.loop.attempt.commit_chain import prices, reasons
from rusta.loop.attempt.repair_session import Mended
from rusta.loop.think.hypotheses import FREE, name
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Diagnostic, Level
from rusta.tools.present import shorten

MARKS = 4  # labelled spans of a diagnostic that are shown
NOTES = 2
OTHERS = 2  # further errors that are named
WIDTH = 240  # characters of one label, note or reason


def account(report: CargoReport, mended: Mended, tests: str = "") -> str:
    """Return the summary of a repair that began at `report`.

    `tests` is the result of the last test run ("12 passed"), if there was one.
    """
    wrong = _wrong(report.errors)
    if not mended.chain:
        tried = f"I tried {many(mended.count.tried, 'change')}, and none passed the compiler and the tests"
        return f"{wrong}\n\n{tried}: nothing of it is in your files. Tell me what this code should do, and I go on from there."
    paths = ", ".join(f"`{path}`" for path in sorted(mended.chain[-1].state))
    price = prices(mended.chain)
    change = f"{'I changed' if mended.made else 'I propose to change'} {paths}: {_short(reasons(mended.chain))}."
    cost = "I see nothing that it costs." if price == FREE else f"What it costs: {_short(price)}."
    passed = f"In a copy `cargo check` passes{f', and of the tests {tests}' if tests else '; no test ran'}."
    return f"{wrong}\n\n{change} {cost}\n\n{passed}"


def _wrong(errors: Sequence[Diagnostic]) -> str:
    first, *rest = errors
    if not rest:
        return error_facts(first)
    others = "; ".join(dict.fromkeys(_short(name(one)) for one in rest[:OTHERS]))
    return f"{error_facts(first)} Besides {many(len(rest), 'error')}: {others}{' ...' if len(rest) > OTHERS else ''}."


def error_facts(first: Diagnostic) -> str:
    """Return what rustc says of an error: its message and place, its labels, its notes."""
    place = f" in {first.place}" if first.primary else ""
    said = [f"{_short(name(first))}{place}."]
    spans = sorted((span for span in first.spans if span.label), key=lambda span: (span.path, span.line))
    if spans:
        marks = (f"line {span.line}, {_short(span.label or '')}" for span in spans[:MARKS])
        said.append(f"rustc marks {'; '.join(marks)}.")
    notes = [one.message for one in first.children if one.level in (Level.note, Level.help) and one.message]
    said += [f"It says: {_short(note).rstrip('.:')}." for note in notes[:NOTES]]
    return " ".join(said)


def _short(text: str) -> str:
    return shorten(" ".join(text.split()), 1, WIDTH)
