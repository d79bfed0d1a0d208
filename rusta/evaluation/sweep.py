"""The result of a sweep: one table of its runs, the best margin on the sealed pages first."""

import csv
import io
import math
from pathlib import Path
from typing import Any

import yaml
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from rusta.core.home import write_atomically
from rusta.core.output import aside

FIGURES = ("margin", "low", "hers", "generic", "steps", "parameters")


class Table(Callback):
    """A Hydra callback: after the last job, it writes sweep.csv and sweep.md from the run cards.

    sweep.md has only the settings that differ between runs.
    """

    def on_multirun_end(self, config: DictConfig, **_: Any) -> None:
        """Write the tables, and print the Markdown one and its path."""
        folder = Path(config.hydra.sweep.dir)
        rows = read(folder)
        if not rows:
            return
        names = [*dict.fromkeys(name for row in rows for name in row)]
        out = io.StringIO()
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(folder / "sweep.csv", out.getvalue())
        told = [name for name in names if name in ("job", *FIGURES) or _differs(name, rows)]
        lines = [f"| {' | '.join(told)} |", "|" + "---|" * len(told)]
        lines += [f"| {' | '.join(str(row.get(name, '')) for name in told)} |" for row in rows]
        write_atomically(folder / "sweep.md", "# Sweep, best margin first\n\n" + "\n".join(lines) + "\n")
        aside("\n".join([*lines, str(folder / "sweep.md")]))


def read(folder: Path) -> list[dict[str, Any]]:
    """Return a row per finished run, with its overrides and figures; the best margin first."""
    rows: list[dict[str, Any]] = []
    for path in folder.glob("*/run.yaml"):
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "sealed" not in card:
            continue  # interrupted
        overrides = path.parent / ".hydra" / "overrides.yaml"
        said = yaml.safe_load(overrides.read_text(encoding="utf-8")) if overrides.is_file() else []
        changed = dict(word.lstrip("+").split("=", 1) for word in said if "=" in word)
        changed.pop("body", None)
        sealed = card["sealed"]
        figures = (
            sealed["margin"]["mean"], sealed["margin"]["low"], sealed["hers_change"]["mean"],
            sealed["generic_change"]["mean"], card["steps"], card["trainable_parameters"],
        )  # fmt: skip
        rows.append({"job": path.parent.name, **changed, **dict(zip(FIGURES, figures, strict=True))})
    # NaN compares false with everything, and would leave the rows unsorted: it comes last.
    return sorted(rows, key=lambda row: -math.inf if math.isnan(float(row["margin"])) else row["margin"], reverse=True)


def _differs(name: str, rows: list[dict[str, Any]]) -> bool:
    return len(rows) == 1 or len({row.get(name) for row in rows}) > 1
