"""A sweep's table holds every run that finished, the best margin first."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from rusta.evaluation.sealed import Nats, Pair, SealedReport, compare
from rusta.evaluation.sweep import FIGURES, Table, read
from rusta.registry import run_card


def raised(margin: float) -> SealedReport:
    """What the sealed pages say when the margin rises by `margin`, one page by a little more, one by a little less."""
    base = [Pair(name, Nats(2.0, 2.0), Nats(3.0, 3.0)) for name in "ab"]
    after = [Pair(name, Nats(1.5, 2.0), Nats(2.5 + margin + off, 3.0)) for name, off in (("a", 0.25), ("b", -0.25))]
    return compare(base, after)


def job(folder: Path, overrides: list[str] | None, margin: float | None, steps: int = 40) -> None:
    """The folder that one job leaves; without a margin it was broken off before the sealed pages were asked."""
    facts: dict[str, Any] = {"phase": "personality", "trainable_parameters": 1000 + steps}
    if margin is not None:
        facts |= {"steps": steps, "sealed": raised(margin).as_dict()}
    run_card.write(folder, facts)
    if overrides is not None:
        (folder / ".hydra").mkdir()
        (folder / ".hydra" / "overrides.yaml").write_text(yaml.safe_dump(overrides))


def end(folder: Path) -> None:
    Table().on_multirun_end(OmegaConf.create({"hydra": {"sweep": {"dir": str(folder)}}}))


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    folder = tmp_path / "sweep"
    job(folder / "0", ["body=laptop", "+phase=personality", "adapter.rank=8", "optimizer.lr=0.0003"], -0.5)
    job(folder / "1", ["body=laptop", "+phase=personality", "adapter.rank=16"], None)
    job(folder / "2", ["body=laptop", "++phase=personality", "adapter.rank=32"], 0.0625, steps=10)
    job(folder / "10", None, 1.5)
    (folder / "11" / ".hydra").mkdir(parents=True)  # not even a card
    (folder / "multirun.yaml").write_text("hydra: {}\n")
    return folder


def test_the_best_margin_comes_first_and_broken_off_jobs_are_skipped(sweep: Path) -> None:
    rows = read(sweep)
    assert [row["job"] for row in rows] == ["10", "2", "0"]
    assert [row["margin"] for row in rows] == [1.5, 0.0625, -0.5]


def test_a_row_says_what_was_overridden_and_what_the_card_says(sweep: Path) -> None:
    by_job = {row["job"]: row for row in read(sweep)}
    said = {"phase": "personality", "adapter.rank": "32"}
    found = raised(0.0625).as_dict()
    figures = {"margin": found["margin"]["mean"], "low": found["margin"]["low"], "hers": found["hers_change"]["mean"],
               "generic": found["generic_change"]["mean"], "steps": 10, "parameters": 1010}  # fmt: skip
    assert by_job["2"] == {"job": "2", **said, **figures}
    assert set(by_job["10"]) == {"job", *FIGURES}
    assert len({figures[name] for name in FIGURES}) == len(FIGURES)  # no two can be mistaken for each other


def test_a_run_that_diverged_comes_last(sweep: Path) -> None:
    for name in ("3", "4"):
        job(sweep / name, [], float("nan"))
    order = [row["job"] for row in read(sweep)]
    assert order[:3] == ["10", "2", "0"] and set(order[3:]) == {"3", "4"}


def test_both_tables_hold_the_rows(sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end(sweep)
    names = ["job", *FIGURES, "phase", "adapter.rank", "optimizer.lr"]
    expected = [{name: str(row.get(name, "")) for name in names} for row in read(sweep)]
    with (sweep / "sweep.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == expected
    title, _, heading, rule, *lines = (sweep / "sweep.md").read_text().splitlines()
    assert title.startswith("# ") and set(rule) == {"|", "-"} and rule.count("|") == heading.count("|")

    def cells(line: str) -> list[str]:
        return [cell.strip() for cell in line[1:-1].split("|")]

    assert [dict(zip(cells(heading), cells(line), strict=True)) for line in lines] == expected
    said = capsys.readouterr()
    assert not said.out and all(line in said.err for line in (heading, *lines, str(sweep / "sweep.md")))


def test_what_every_run_was_told_is_left_out_of_the_table_that_is_read(tmp_path: Path) -> None:
    for rank in ("8", "16"):
        job(tmp_path / rank, ["+phase=personality", "~callbacks.samples=null", f"adapter.rank={rank}"], 0.5)
    end(tmp_path)
    heading = (tmp_path / "sweep.md").read_text().splitlines()[2]
    assert "adapter.rank" in heading and "phase" not in heading and "samples" not in heading
    assert "phase" in (tmp_path / "sweep.csv").read_text().splitlines()[0]


def test_a_sweep_in_which_nothing_finished_leaves_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job(tmp_path / "sweep" / "0", [], None)
    end(tmp_path / "sweep")
    assert {path.name for path in (tmp_path / "sweep").iterdir()} == {"0"}
    assert capsys.readouterr() == ("", "")
