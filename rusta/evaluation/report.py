"""Reports of the sealed-page evaluation, for people (a table, Markdown) and for programs (JSON)."""

import json
import math
from pathlib import Path

from rusta.core.home import write_atomically
from rusta.evaluation.sealed import SealedReport

LEAST = 0.001  # smallest change in nats per token that is reported as one, however certain it is


def verdict(found: SealedReport) -> tuple[str, str]:
    """Return "better", "same", "worse" or "unknown", and a sentence with the size, its certainty, and the sample."""
    margin = found.margin
    size, span = f"{abs(margin.mean):.3f} nats per token", f"95 % interval {margin.low:+.3f} to {margin.high:+.3f}"
    on = f"on {found.pages} sealed pages that training never read"
    if not math.isfinite(margin.low + margin.mean + margin.high):
        return "unknown", f"No verdict: the model gives no number for some of the {found.pages} sealed pages."
    if abs(margin.mean) < LEAST:
        return "same", f"The same: the change is below {LEAST} nats per token ({span}), {on}."
    if margin.low > 0:
        return (
            "better",
            f"Better: beside generic twins that say the same, her own pages are likelier to her by {size} ({span}), {on}.",
        )
    if margin.high < 0:
        return (
            "worse",
            f"Worse: beside generic twins that say the same, her own pages are less likely to her by {size} ({span}), {on}.",
        )
    return (
        "same",
        f"The same: a change of {margin.mean:+.3f} nats per token is no more than chance can make ({span}), {on}.",
    )


def table_rows(found: SealedReport) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table: quantity, base, trained, change with its interval."""

    def change(c: object) -> str:
        return f"{c.mean:+.3f}  [{c.low:+.3f}, {c.high:+.3f}]"  # type: ignore[attr-defined]

    base, now = found.base_generic - found.base_hers, found.generic - found.hers
    return [
        ("her pages", f"{found.base_hers:.3f}", f"{found.hers:.3f}", change(found.hers_change)),
        ("generic twins", f"{found.base_generic:.3f}", f"{found.generic:.3f}", change(found.generic_change)),
        ("margin (twin - hers)", f"{base:.3f}", f"{now:.3f}", change(found.margin)),
        ("  prose only: her pages", "", "", change(found.prose_hers_change)),
        ("  prose only: twins", "", "", change(found.prose_generic_change)),
        ("  prose only: margin", "", "", change(found.prose_margin)),
    ]


def write(folder: Path, found: SealedReport) -> None:
    """Write sealed.json and sealed.md."""
    write_atomically(folder / "sealed.json", json.dumps(found.as_dict(), indent=2) + "\n")
    lines = ["| nats per token | base | trained | change, 95 % interval |", "|---|---:|---:|---:|"]
    lines += [f"| {' | '.join(row)} |" for row in table_rows(found)]
    write_atomically(
        folder / "sealed.md", f"# {found.pages} sealed pages\n\n{verdict(found)[1]}\n\n" + "\n".join(lines) + "\n"
    )


def flat(found: SealedReport) -> dict[str, float]:
    """Return the means by name, for a logger."""
    return {
        "hers": found.hers,
        "generic": found.generic,
        "margin_rise": found.margin.mean,
        "margin_rise_low": found.margin.low,
        "hers_change": found.hers_change.mean,
        "generic_change": found.generic_change.mean,
    }
