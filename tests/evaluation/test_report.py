"""The table, the Markdown, the JSON and the logger are told the same numbers."""

import json
import random
import re
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest

from rusta.evaluation import report
from rusta.evaluation.sealed import MarginChange, Nats, Pair, SealedReport, compare
from rusta.ui.terminal.verdict_table import show_verdict


@pytest.fixture(scope="module", params=range(3), ids="seed {}".format)
def found(request: pytest.FixtureRequest) -> SealedReport:
    draw = random.Random(request.param)

    def pairs() -> list[Pair]:
        return [Pair(str(n), *(Nats(draw.uniform(0.5, 4), draw.uniform(0.5, 4)) for _ in range(2))) for n in range(7)]

    return compare(pairs(), pairs())


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"[-+]?\d+\.\d+", text)]


def test_every_row_carries_its_own_numbers_to_three_digits(found: SealedReport) -> None:
    margins = (found.base_generic - found.base_hers, found.generic - found.hers)
    expected: list[tuple[tuple[float, ...], MarginChange]] = [
        ((found.base_hers, found.hers), found.hers_change),
        ((found.base_generic, found.generic), found.generic_change),
        (margins, found.margin),
        ((), found.prose_hers_change),
        ((), found.prose_generic_change),
        ((), found.prose_margin),
    ]
    for (what, *cells), (means, change) in zip(report.table_rows(found), expected, strict=True):
        told = [*means, change.mean, change.low, change.high]
        assert numbers(" ".join(cells)) == pytest.approx(told, abs=0.00051), what
        if means:
            assert means[1] - means[0] == pytest.approx(change.mean), what


def test_a_change_always_shows_its_sign(found: SealedReport) -> None:
    for *_, change in report.table_rows(found):
        assert re.fullmatch(r"[-+]\d\.\d{3}  \[[-+]\d\.\d{3}, [-+]\d\.\d{3}\]", change)


def test_json_and_markdown_hold_what_the_report_holds(found: SealedReport, tmp_path: Path) -> None:
    report.write(tmp_path, found)
    assert {path.name for path in tmp_path.iterdir()} == {"sealed.json", "sealed.md"}
    told = json.loads((tmp_path / "sealed.json").read_text())
    assert told == found.as_dict() and list(told) == [field.name for field in fields(SealedReport)]
    for name, value in asdict(found).items():
        assert told[name] == pytest.approx(value, abs=0.00005001), name
    title, _, sentence, _, heading, rule, *rows = (tmp_path / "sealed.md").read_text().splitlines()
    assert title.startswith("#") and str(found.pages) in title
    assert sentence.startswith(("Better: ", "Worse: ", "The same: "))
    assert {line.count("|") for line in (heading, rule, *rows)} == {5}
    cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]
    assert cells == [tuple(cell.strip() for cell in row) for row in report.table_rows(found)]


def test_the_table_on_stdout_shows_every_cell(
    found: SealedReport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    show_verdict(found)
    said = capsys.readouterr()
    assert said.out.startswith(("Better: ", "Worse: ", "The same: "))
    lines = said.out.splitlines()[4:]  # the verdict, title, heading
    for line, row in zip(lines, report.table_rows(found), strict=True):
        assert line.split() == " ".join(row).split()
    assert not said.err


def test_the_logger_hears_the_means(found: SealedReport) -> None:
    assert report.flat(found) == {
        "hers": found.hers, "generic": found.generic, "margin_rise": found.margin.mean,
        "margin_rise_low": found.margin.low, "hers_change": found.hers_change.mean,
        "generic_change": found.generic_change.mean,
    }  # fmt: skip


def test_a_change_that_is_sure_and_next_to_nothing_is_the_same(
    found: SealedReport, capsys: pytest.CaptureFixture[str]
) -> None:
    show_verdict(replace(found, margin=MarginChange(0.0001, 0.00005, 0.0002)))
    assert capsys.readouterr().out.startswith("The same: the change is below 0.001 nats per token")


@pytest.mark.parametrize(
    ("low", "mean", "high", "begins"),
    [
        (0.01, 0.12, 0.2, "Better: "),
        (-0.2, -0.12, -0.01, "Worse: "),
        (-0.1, 0.02, 0.1, "The same: a change of +0.020 nats per token"),
        (float("nan"), float("nan"), float("nan"), "No verdict: "),
    ],
)
def test_what_is_read_first_is_the_verdict_with_how_much_how_sure_and_on_what(
    low: float, mean: float, high: float, begins: str, found: SealedReport, capsys: pytest.CaptureFixture[str]
) -> None:
    show_verdict(replace(found, margin=MarginChange(mean, low, high)))
    sentence = capsys.readouterr().out.partition("\n")[0]
    assert sentence.startswith(begins) and f"{found.pages} sealed pages" in sentence
    if mean == mean:
        assert f"{abs(mean):.3f} nats per token" in sentence and f"95 % interval {low:+.3f} to {high:+.3f}" in sentence
