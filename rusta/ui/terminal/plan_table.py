"""Print a training plan as a table, and convert a row of it to plain data."""

from typing import Any

from rusta.core.output import print_plain, rendered
from rusta.training.budget import footprint
from rusta.training.budget.forecast import spoken
from rusta.training.budget.memory import GB, MemoryVerdict

BAR = 36  # characters of a bar for all of the body's memory


def plan_row(answer: MemoryVerdict) -> dict[str, Any]:
    """Return one set of settings and what it takes, as plain data; sizes in GB."""
    step = answer.step
    return {
        "rank": step.adapter.rank,
        "last_blocks": step.adapted,
        "trainable": footprint.trainable(step),
        "batch_tokens": step.tokens,
        "recompute": step.again,
        "fits": answer.fits,
        "verdict": answer.verdict,
        "peak_gb": round(answer.total / GB, 3),
        "allocated_gb": round(answer.allocated / GB, 3),
        "moment": answer.moment,
        "change": None if answer.fits else answer.ask.mend(),
        "parts_gb": {what: round(size / GB, 3) for what, size in answer.parts.items()},
    }


def show_plan(answer: MemoryVerdict, facts: dict[str, Any], grid: list[MemoryVerdict]) -> None:
    """Print the plan to stdout: what is missing, memory with its parts, time, and a grid of other settings."""
    from rich.table import Table

    phase = f"{facts['phase']} on " if facts["phase"] else ""
    for number, why in enumerate(facts["missing"]):
        print_plain(f"{'No: ' if not number else ''}{why}\n")
    print_plain(f"{phase}{facts['model']}, body {facts['body']} ({facts['limit_gb']:.1f} GB)\n")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="quiet")
    table.add_column(justify="right")
    table.add_column()
    for what, size in answer.parts.items():
        bar = "█" * round(BAR * size / max(answer.ask.limit, answer.total)) or "▏"
        table.add_row(what, f"{size / GB:.2f} GB", f"[voice]{bar}[/]")
    rendered(table)
    print_plain()
    memory = f"Memory alone: {answer.verdict}" if facts["missing"] else answer.verdict
    rendered(memory, style="good" if answer.fits else "bad", wrap=False)
    print_plain(
        f"{facts['trainable'] / 1e6:,.1f}M parameters learn: rank {facts['rank']}, the last {facts['last_blocks']} blocks, "
        f"{facts['batch_tokens']:,} tokens a batch, batches a step: {facts['accumulate']}."
    )
    print_plain(f"Computes in {facts['compute']['words']}.")
    print_plain(facts["why"])
    seconds = facts["seconds"]
    speed = f"{spoken(seconds)}, learning at {facts['tokens_per_s']:,.0f} tokens a second, " if seconds else ""
    work = f" ({facts['pflop']:,} PFLOP)" if facts["pflop"] else ""
    print_plain(f"Time: {speed}{facts['timed']}{work}.")
    if facts["prefix_cache_gb"]:
        print_plain(f"trainer.prefix_cache=disk would take {facts['prefix_cache_gb']:.2f} GB.")
    if grid:
        print_plain()
        others = Table(box=None, pad_edge=False)
        for name in ("rank", "learn", "tokens a batch", "peak", "fits", "how"):
            others.add_column(name, justify="left" if name == "how" else "right", header_style="quiet")
        for other in grid:
            row = plan_row(other)
            how = (
                f"computes {other.again} again"
                if row["recompute"] and row["fits"]
                else row["change"] or ("" if row["fits"] else "another body")
            )
            others.add_row(str(row["rank"]), f"{row['trainable'] / 1e6:.0f}M", f"{row['batch_tokens']:,}",
                           f"{row['peak_gb']:.1f} GB", "[good]yes[/]" if row["fits"] else "[bad]no[/]", how)  # fmt: skip
        rendered(others)
