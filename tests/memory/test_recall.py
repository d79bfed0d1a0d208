"""What comes to mind: little, for a reason, within a budget, and never what was put to rest."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rusta.core.home import Home
from rusta.memory.index.vectors import Vectors
from rusta.memory.recall import excerpt
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import HabitSituation, Memory, age_in_words

NOW = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
SET = Path(__file__).parent / "recall/set.jsonl"


def put(memory: Memory, path: str, body: str, **keys: str) -> None:
    file = memory.home.devlogs / path
    file.parent.mkdir(parents=True, exist_ok=True)
    said = {"date": "2026-05-01T10:00:00Z", "tags": "[x]", "confidence": "high", **keys}
    file.write_text("---\n" + "".join(f"{k}: {v}\n" for k, v in said.items()) + f"---\n\n{body}\n", encoding="utf-8")


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    made = Memory(Home(str(tmp_path), str(tmp_path / "out")), vectors=Vectors.none)
    made.now = lambda: NOW
    return made


def paths(memory: Memory, text: str, **more: tuple[str, ...]) -> list[str]:
    return [one.path for one in memory.recall(HabitSituation(text, **more))]


def test_without_journals_nothing_comes_and_it_is_said(memory: Memory) -> None:
    assert memory.recall(HabitSituation("anything")) == []
    assert "no journals" in memory.trace.notes[0]


def test_a_fact_told_once_is_recalled_from_a_journal_of_one(memory: Memory) -> None:
    put(memory, "episodic/a.md", "They told me: the staging host is called heron and runs Debian.")
    found = memory.recall(HabitSituation("What was the name of the staging host?"))
    assert [one.path for one in found] == ["episodic/a.md"]
    assert "heron" in found[0].excerpt and found[0].confidence == "high" and found[0].age == "1 month old"


@pytest.mark.parametrize("text", ["thanks, that is all", "go on", "hello, how are you?", "", "???", "ok"])
def test_small_talk_brings_nothing_to_mind(text: str, memory: Memory) -> None:
    put(memory, "episodic/a.md", "We went on with the tokio migration and were content, thanks to Ines.")
    put(memory, "semantic/b.md", "An interval fires at once; hello world is not a test.")
    assert memory.recall(HabitSituation(text)) == []


def test_what_was_superseded_or_archived_does_not_come(memory: Memory) -> None:
    put(memory, "semantic/old.md", "The queue of gull to the collector holds 64 MB in memory.")
    put(memory, "semantic/new.md", "The buffer lies on disk now, two gigabytes.", supersedes="[semantic/old.md]")
    put(memory, "semantic/gone.md", "The queue of gull, in an archived note.", status="archived")
    assert paths(memory, "how large is the queue of gull to the collector, the buffer on disk?") == ["semantic/new.md"]
    assert {hit.row.path for hit in memory.index.search("queue gull", status="all")} == {
        "semantic/old.md",
        "semantic/gone.md",
    }


@pytest.mark.parametrize(
    ("when", "happened"),
    [
        ("E0502", HabitSituation("", codes=("E0502",))),
        ("E0502", HabitSituation.of("error[E0502]: cannot borrow `v` as mutable")),
        ("clippy::redundant_clone", HabitSituation("", lints=("clippy::redundant_clone",))),
        ("redundant_clone", HabitSituation("", lints=("clippy::redundant_clone",))),
        ("clippy::redundant-clone", HabitSituation.of("#[warn(clippy::redundant_clone)] on by default")),
        ("unused_mut", HabitSituation.of("note: `#[warn(unused_mut)]` on by default")),
        ("crate:burn", HabitSituation("", crates=("burn",))),
        ("crate:burn-core", HabitSituation("", crates=("burn_core",))),
        ("[E0499, E0502]", HabitSituation("", codes=("E0502",))),
        ("E0499 | E0502", HabitSituation("", codes=("E0502",))),
        ("src/ffi/**", HabitSituation("", paths=("src/ffi/deep/c.rs",))),
        ('"**/ffi/*.rs"', HabitSituation("", paths=("crates/x/ffi/c.rs",))),
        ("Cargo.toml", HabitSituation("", paths=("crates/x/Cargo.toml",))),
        ("build.rs", HabitSituation.of("see build.rs")),
        ("path:benches/*", HabitSituation("", paths=("benches/a.rs",))),
        ("item:rand::thread_rng", HabitSituation("Why is thread_rng gone?", needed=("rand",))),
        ("item:rand::Rng::gen", HabitSituation("", told="no method named `gen` found", crates=("rand",))),
        ("item:tower-http::trace::Trace", HabitSituation("use tower_http::trace::Trace;")),
    ],
)
def test_a_habit_fires_on_its_event_whatever_the_words(when: str, happened: HabitSituation, memory: Memory) -> None:
    put(memory, "procedural/habit.md", "I look where each loan ends.", when=when)
    found = memory.recall(happened)
    assert [one.path for one in found] == ["procedural/habit.md"]
    assert found[0].why.startswith("a habit for ")


@pytest.mark.parametrize(
    ("when", "happened"),
    [
        ("E0502", HabitSituation("", codes=("E0505",))),
        ("clippy::redundant_clone", HabitSituation("", lints=("rustc::redundant_clone",))),
        ("crate:burn", HabitSituation("burn the old notes")),
        ("src/ffi/**", HabitSituation("", paths=("src/main.rs",))),
        ("Cargo.toml", HabitSituation("", paths=("Cargo.toml.orig",))),
        ("item:rand::thread_rng", HabitSituation("Why is thread_rng gone?")),
        ("item:rand::Rng::gen", HabitSituation("generate a name", needed=("rand",))),
        ("item:rand", HabitSituation("rand", needed=("rand",))),
    ],
)
def test_a_habit_keeps_still_otherwise(when: str, happened: HabitSituation, memory: Memory) -> None:
    put(memory, "procedural/habit.md", "I look where each loan ends.", when=when)
    assert memory.recall(happened) == []


def test_a_habit_counts_how_often_it_helped_and_gives_way_to_a_better_one(memory: Memory) -> None:
    memory.habits = 1
    put(memory, "procedural/one.md", "Draw the loans.", when="E0502", date="2026-05-02")
    put(memory, "procedural/two.md", "Copy the number out first.", when="E0502", date="2026-05-01")
    now = HabitSituation("", codes=("E0502",))
    assert [one.path for one in memory.recall(now)] == ["procedural/one.md"]
    memory.used("procedural/one.md", False)
    memory.used("procedural/two.md", True)
    (best,) = memory.recall(now)
    assert best.path == "procedural/two.md" and best.why == "a habit for E0502; it helped 1 of 1 times"


def test_an_entry_is_called_by_its_path_or_its_day(memory: Memory) -> None:
    put(memory, "semantic/burn-autograd.md", "Each tensor holds a node.", date="2025-01-01")
    put(memory, "episodic/a.md", "The header had two lengths.", date="2026-03-19T21:00:00Z")
    assert paths(memory, "see semantic/burn-autograd.md") == ["semantic/burn-autograd.md"]
    assert paths(memory, "see devlogs/semantic/burn-autograd") == ["semantic/burn-autograd.md"]
    assert paths(memory, "what did I write on 2026-03-19?") == ["episodic/a.md"]
    assert paths(memory, "and on 2026-02-31, or 2026-03-20?") == []


def test_of_two_that_say_the_same_the_newer_comes_first(memory: Memory) -> None:
    put(memory, "episodic/old.md", "The flaky socket test hung on the runner.", date="2025-01-01")
    put(memory, "episodic/new.md", "The flaky socket test hung on the runner.", date="2026-05-30")
    assert paths(memory, "the flaky socket test hung") == ["episodic/new.md", "episodic/old.md"]


@pytest.mark.parametrize(("key", "value"), [("importance", "9"), ("pinned", "true")])
def test_what_matters_comes_first(key: str, value: str, memory: Memory) -> None:
    put(memory, "semantic/a.md", "The flaky socket test hung.", **{key: value})
    put(memory, "semantic/b.md", "The flaky socket test hung.")
    assert paths(memory, "flaky socket test hung")[0] == "semantic/a.md"


def test_what_helped_comes_first(memory: Memory) -> None:
    put(memory, "semantic/a.md", "The flaky socket test hung.")
    put(memory, "semantic/b.md", "The flaky socket test hung.")
    for _ in range(3):
        memory.used("semantic/a.md", True)
        memory.used("semantic/b.md", False)
    assert paths(memory, "flaky socket test hung") == ["semantic/a.md", "semantic/b.md"]
    assert "it helped before" in memory.recall(HabitSituation("flaky socket test hung"))[0].why


def test_the_trace_says_of_each_why_it_came_or_not(memory: Memory) -> None:
    for n in range(8):
        put(memory, f"semantic/{n}.md", f"The flaky socket test hung, for the {n}th time. " + "It did. " * 100)
    found = memory.recall(HabitSituation("flaky socket test"))
    assert memory.trace.asked == ("flaky", "socket", "test")
    assert {one.path: one.why for one in found}.items() <= {
        one.path: one.verdict for one in memory.trace.considered
    }.items()
    assert any("no room" in one.verdict for one in memory.trace.considered)
    assert all(set(one.factors) >= {"text", "recency", "use", "tags", "importance"} for one in memory.trace.considered)
    memory.recall(HabitSituation("socket options of a submarine in the seventies"))
    assert any("nothing fits" in one.verdict for one in memory.trace.considered)


def test_beside_the_best_comes_only_what_fits_at_least_half_as_well(memory: Memory) -> None:
    put(memory, "semantic/a.md", "The flaky socket test hung on the runner.")
    put(memory, "semantic/b.md", "The flaky socket test hung again.")
    put(memory, "semantic/c.md", "A runner needs good shoes.")
    assert sorted(paths(memory, "flaky socket test on the runner")) == ["semantic/a.md", "semantic/b.md"]
    (shoes,) = [one for one in memory.trace.considered if one.path == "semantic/c.md"]
    assert shoes.verdict == "left out: others fit far better"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=st.lists(st.text(max_size=3000), min_size=1, max_size=8),
    tokens=st.integers(0, 600),
    dense=st.integers(1, 5),
)
def test_never_more_than_five_and_never_over_the_budget(
    bodies: list[str], tokens: int, dense: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = str(tmp_path_factory.mktemp("home"))
    memory = Memory(Home(home, home), vectors=Vectors.none, tokens=tokens)
    memory.count = lambda text: -(-len(text) * dense // 4)
    for n, body in enumerate(bodies):
        clean = body.encode("utf-8", "ignore").decode()
        put(memory, f"semantic/{n}.md", f"needle {clean}", when="E0502")
    found = memory.recall(HabitSituation("needle", codes=("E0502",)))
    assert len(found) <= 5
    assert sum(memory.count(one.excerpt) for one in found) <= tokens
    memory.index.close()


def test_an_excerpt_is_the_part_that_was_asked_for() -> None:
    body = (
        "\n\n".join(f"Paragraph {n} about nothing much, at some length, really." for n in range(40))
        + "\n\nThe bloom filter."
    )
    cut = excerpt.excerpt(body, ["bloom", "filters"], 300)
    assert "bloom filter" in cut and len(cut) <= 300
    assert excerpt.excerpt("short", ["x"], 300) == "short"


def test_ages_as_a_person_says_them() -> None:
    assert [age_in_words(n) for n in (0, 1, 6, 7, 30, 400, 800)] == [
        *("from today", "1 day old", "6 days old", "1 week old", "1 month old", "1 year old", "2 years old")
    ]


def test_a_guest_is_not_remembered_and_is_told_nothing(tmp_path: Path) -> None:
    guest = Ephemeral()
    assert guest.write("episodic", "A title", "A body.") is None
    guest.used("episodic/a.md", True)
    assert guest.recall(HabitSituation("anything", codes=("E0502",))) == []
    assert list(tmp_path.iterdir()) == []


def test_she_writes_through_the_one_path_and_finds_it_at_once(memory: Memory) -> None:
    path = memory.write("semantic", "Heron", "The staging host is called heron.", tags=["hosts"])
    assert path is not None and paths(memory, "which staging host?") == [path]


def test_a_digest_leaves_the_word_to_its_pages_and_speaks_for_those_that_were_put_to_rest(memory: Memory) -> None:
    said = "The flaky socket test hung on the runner"
    for n, day in enumerate(("Monday", "Tuesday", "Friday")):
        put(memory, f"episodic/{n}.md", f"{said}, on a {day}.")
    digest = {"source": "compress/weekly/2026-W18-episodic", "links": "[episodic/0.md, episodic/1.md, episodic/2.md]"}
    put(memory, "episodic/week.md", f"The week. {said}, three times: Monday, Tuesday, Friday.", **digest)
    put(memory, "lab/mine.md", f"{said}; here is why.", links="[episodic/0.md]")  # a person's links do not hide it
    assert set(paths(memory, "flaky socket test hung")) == {
        "episodic/0.md", "episodic/1.md", "episodic/2.md", "lab/mine.md"}  # fmt: skip
    for n in range(3):
        memory.devlogs.archive(f"episodic/{n}.md")
    assert set(paths(memory, "flaky socket test hung")) == {"episodic/week.md", "lab/mine.md"}


def test_the_set_is_what_its_readme_says() -> None:
    lines = [json.loads(line) for line in SET.read_text().splitlines()]
    entries, questions = ({key for one in lines if (key := one.get(name))} for name in ("id", "question"))
    evidence = [one["evidence"] for one in lines if "question" in one]
    assert len(entries) >= 600 and len(questions) >= 300
    assert {id for one in evidence for id in one} <= entries
    assert sum(not one for one in evidence) >= 50
    assert sum("\nsupersedes: " in one.get("text", "") for one in lines) >= 40
    assert sum("\nwhen: " in one.get("text", "") for one in lines) >= 20


def test_another_workspaces_story_does_not_come_unless_it_is_named_and_its_lesson_says_whose_it_is(
    memory: Memory,
) -> None:
    said = "E0277 in the sum of the dice: a u64 and a u32 were added, and from_entropy was missing a feature."
    put(memory, "episodic/2026-05-31_dice.md", said, repo="dice", date="2026-05-31T10:00:00Z")
    put(memory, "semantic/dice.md", f"{said} It was ended by a cast.", repo="dice")
    asked = "Why can the sum not add a u64 and a u32 here?"
    assert {one.path for one in memory.recall(HabitSituation(asked))} == {
        "episodic/2026-05-31_dice.md",
        "semantic/dice.md",
    }
    (one,) = memory.recall(HabitSituation(asked, repo="ledger"))
    assert one.path == "semantic/dice.md" and one.repo == "dice"
    assert len(memory.recall(HabitSituation(f"{asked} We had it in dice.", repo="ledger"))) == 2
    assert len(memory.recall(HabitSituation(asked, repo="dice"))) == 2


def test_several_entries_of_one_mornings_work_are_one_recall(memory: Memory) -> None:
    for n, hour in enumerate(("08", "09", "10", "11")):
        said = f"E0502 in the ledger of gull: the loan of the map lived past the insert, and was ended by a copy. {n}"
        put(memory, f"semantic/{n}.md", said, repo="gull", date=f"2026-05-31T{hour}:00:00Z")
    put(memory, "semantic/other.md", "The ledger of gull holds the loan of each map in cents.", repo="gull")
    found = paths(memory, "E0502: what of the loan of the map in the ledger of gull?")
    assert len([one for one in found if one != "semantic/other.md"]) == 1
    assert len(memory.index.search("ledger loan map")) == 5
