"""The compression cycle: computed the same every time, evidence linked, nothing deleted, done once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rusta.memory.entries.entry import Confidence, Status
from rusta.memory.storage.compress import Candidate, CompressionKind, candidates, compress
from rusta.memory.storage.devlogs import DevLogs

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = date(2026, 11, 25)  # Wednesday of the week after


@pytest.fixture
def journals(tmp_path: Path) -> DevLogs:
    return DevLogs(tmp_path / "devlogs", now=lambda: datetime(2026, 11, 25, 12, tzinfo=UTC))


THINGS = ("parser", "arena", "socket", "shader", "codec", "ledger", "router", "cache", "lexer", "mutex")


def episodes(journals: DevLogs, days: int = 2, each: int = 3, start: datetime = MONDAY) -> list[str]:
    return [
        journals.write("episodic", f"The {(thing := THINGS[(day * each + n) % 10])} of {day}", f"{thing}{day} stalled until noon {n}.",
                       date=start + timedelta(days=day, hours=n), tags=["stall"])
        for day in range(days) for n in range(each)
    ]  # fmt: skip


def kinds(found: list[Candidate]) -> list[str]:
    return [f"{one.kind} {one.key}" for one in found]


def test_days_and_weeks_that_are_over_are_told_and_their_pages_stay(journals: DevLogs) -> None:
    paths = episodes(journals)
    journals.write("episodic", "today", "Not over yet, so nothing to tell.")
    first = compress(journals, TODAY)
    assert kinds([step.candidate for step in first]) == [
        "daily 2026-11-16",
        "daily 2026-11-17",
        "weekly 2026-W47-episodic",
    ]
    week = journals.read(first[-1].path)
    assert week.links == tuple(paths)
    assert week.text("source") == "compress/weekly/2026-W47-episodic"
    assert all(path in week.body for path in paths)
    assert "parser0 stalled until noon 0." in week.body
    assert week.problems == ()
    assert {journals.history(step.path)[0].author for step in first} == {"Rusta, dreaming"}
    assert all(journals.read(path).status is Status.ACTIVE for path in paths)


def test_a_second_turn_has_the_week_outgrow_its_days_and_a_third_finds_nothing(journals: DevLogs) -> None:
    episodes(journals)
    days = [step.path for step in compress(journals, TODAY, only=[CompressionKind.DAILY])]
    week = compress(journals, TODAY)[-1]
    assert journals.read(week.path).supersedes == tuple(days)
    assert all(journals.read(day).status is Status.SUPERSEDED for day in days)
    assert compress(journals, TODAY) == []


def test_a_page_added_late_makes_the_digest_be_told_again(journals: DevLogs) -> None:
    episodes(journals)
    compress(journals, TODAY)
    old = compress(journals, TODAY, dry=True)
    assert old == []
    journals.write(
        "episodic",
        "late",
        "Remembered afterwards: the allocator was in on it.",
        date=MONDAY + timedelta(days=1, hours=9),
    )
    (again,) = [step for step in compress(journals, TODAY) if step.candidate.kind is CompressionKind.WEEKLY]
    replaced = journals.read(again.path).supersedes
    assert len(journals.read(again.path).links) == 7
    assert any("the-week" in path for path in replaced)
    assert compress(journals, TODAY) == []


def test_a_mind_writes_the_prose_when_one_is_awake(journals: DevLogs) -> None:
    episodes(journals)
    steps = compress(
        journals, TODAY, tell=lambda one: f"Mine, of {len(one.entries)}." if one.kind is CompressionKind.WEEKLY else ""
    )
    assert journals.read(steps[-1].path).body.endswith("Mine, of 6.\n")
    assert "confidence)" in journals.read(steps[0].path).body


def test_themes_are_what_lies_under_the_same_tags(journals: DevLogs) -> None:
    under = [
        journals.write("semantic", f"{THINGS[n]} fusion", f"The {THINGS[n]} kernel fuses {THINGS[n + 1]} lanes.",
                       tags=["burn", "fusion", THINGS[n]], confidence=("high", "low")[n == 2], date=MONDAY + timedelta(hours=n))
        for n in range(4)
    ]  # fmt: skip
    journals.write("semantic", "elsewhere", "Nothing to do with any of it, thankfully.", tags=["burn"])
    (step,) = compress(journals, TODAY)
    theme = journals.read(step.path)
    assert theme.title == "What I know of burn and fusion"
    assert theme.links == tuple(under)
    assert set(theme.tags) >= {"burn", "fusion", "thematic"}
    assert theme.confidence is Confidence.LOW, "as sure as its least sure page"
    assert all(journals.read(path).status is Status.ACTIVE for path in under)


def test_repeats_are_superseded_by_the_newest(journals: DevLogs) -> None:
    said = "`Path::join` replaces the left side when the right side is absolute; no error, no trace of the left."
    old = journals.write("semantic", "join", said, date=MONDAY)
    pinned = journals.write("semantic", "join", said, date=MONDAY, pinned=True)
    new = journals.write("semantic", "join", said + " Documented.", date=MONDAY + timedelta(days=3))
    (step,) = compress(journals, TODAY)
    assert (step.candidate.kind, step.path) == (CompressionKind.REPEAT, new)
    assert journals.read(old).status is Status.SUPERSEDED
    assert journals.read(pinned).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("`Vec::new` allocates four elements on the first push.", "`Vec::new` does not allocate four elements on the first push."),
        ("The release profile of depot needs 340 milliseconds a request.", "The release profile of depot needs 95 milliseconds a request."),
    ],
)  # fmt: skip
def test_two_notes_that_disagree_are_put_side_by_side(journals: DevLogs, older: str, newer: str) -> None:
    first = journals.write("semantic", "capacity", f"{older} Seen while profiling.", date=MONDAY, tags=["vec"])
    second = journals.write("semantic", "measured again", f"{newer} Looked it up this time.", tags=["vec"])
    journals.write("semantic", "unrelated", "Shaders compile lazily on the first dispatch of a pipeline, not on load.")
    (step,) = compress(journals, TODAY)
    question = journals.read(step.path)
    assert question.links == (first, second)
    assert older in question.body
    assert newer in question.body
    assert question.confidence is Confidence.LOW
    assert journals.read(first).status is Status.ACTIVE, "a mind, or a person, says which"
    assert compress(journals, TODAY) == []


def test_what_is_old_and_told_is_archived_and_what_matters_is_not(journals: DevLogs) -> None:
    start = MONDAY - timedelta(days=364)
    paths = episodes(journals, start=start)
    journals.pin(paths[0])
    journals.change(paths[1], {"importance": 9})
    assert compress(journals, TODAY, only=[CompressionKind.ARCHIVED]) == []
    compress(journals, TODAY)
    compress(journals, TODAY)
    assert [journals.read(path).status is Status.ARCHIVED for path in paths] == [False, False, True, True, True, True]
    assert all((journals.root / path).exists() for path in paths)
    assert journals.doctor() == []


def test_the_same_journals_give_the_same_candidates_in_any_order(journals: DevLogs) -> None:
    episodes(journals)
    entries = list(journals.entries())
    assert candidates(entries, TODAY) == candidates(entries[::-1], TODAY)


def test_a_dry_turn_writes_nothing(journals: DevLogs) -> None:
    episodes(journals)
    before = sorted(journals.paths())
    assert [step.path for step in compress(journals, TODAY, dry=True)] == ["", "", ""]
    assert sorted(journals.paths()) == before
