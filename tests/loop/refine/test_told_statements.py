"""Of what a person types, statements are kept; requests, code and secrets are not: eighty sentences, and real journals."""

import json
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.conversation import Conversation
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.turn_memory import Lesson
from rusta.loop.refine.session_summary import SessionSummary
from rusta.loop.session import begin
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from tests.loop.crate import MENDED, crate, fenced, work

DATA = Path(__file__).parents[2] / "memory" / "data"
SETS = sorted(path.stem for path in DATA.glob("*.jsonl"))
"""`typed_sentences` was written before the rule was, the others by readers who had not seen it. A row says what was typed, the
words that must be kept, and the secrets in it."""
KEY = "8sKq2LmV9xTz4RbWn7Yp"


def kept(home: Home) -> str:
    return "\n".join(path.read_text() for path in sorted(home.devlogs.rglob("*.md")))


@pytest.mark.parametrize("name", SETS)
def test_of_eighty_sentences_the_facts_are_kept_and_no_request_no_code_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    monkeypatch.setenv("PATH", "")  # eighty histories take seconds, and nothing here is about them
    facts, requests, secrets = [], [], []
    for n, row in enumerate(rows):
        home = Home(str(tmp_path / f"home-{n}"), str(tmp_path / "run"))
        JournalMemory(Memory(home)).told([Turn(Role.PERSON, row["typed"])], "x")
        said = kept(home)
        facts += [row["typed"]] if row["kept"] and row["kept"] in said else []
        requests += [row["typed"]] if row["kind"] == "request or code" and said else []
        secrets += [one for one in row["secrets"] if one in said]
    assert len(rows) == 80 and not requests and not secrets
    assert len(facts) >= 35


def test_what_may_be_a_secret_is_asked_about_and_left_out_where_nobody_can_be_asked(tmp_path: Path) -> None:
    asked: list[str] = []
    turns = [Turn(Role.PERSON, f"The bucket named {KEY} holds the fixtures of all our crates.")]

    def answer(yes: bool) -> bool:
        def ask(question: str) -> bool:
            asked.append(question)
            return yes

        home = Home(str(tmp_path / f"home-{yes}"), str(tmp_path / "run"))
        path = JournalMemory(Memory(home), ask=ask).told(turns, "x")
        assert path and "fixtures" in (home.devlogs / path).read_text()
        return KEY in (home.devlogs / path).read_text()

    assert answer(True) and not answer(False)
    assert len(asked) == 2 and all(KEY in question for question in asked)
    nobody = Home(str(tmp_path / "home"), str(tmp_path / "run"))
    assert JournalMemory(Memory(nobody)).told(turns, "x")
    assert KEY not in kept(nobody) and "[secret]" in kept(nobody)


def test_a_lesson_and_a_page_hold_no_secret_either(home: Home) -> None:
    text = "E0382 in gull was ended by copying the address postgres://svc:Zx9plum4tree@db/orders before it moves."
    path = JournalMemory(Memory(home)).keep(Lesson("E0382 in gull", text, ("E0382",), ("gull",)))
    assert path and "Zx9plum4tree" not in kept(home) and "postgres://svc:[secret]@db/orders" in kept(home)


def test_what_was_kept_is_said_in_a_line_with_the_way_to_take_it_back(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = Conversation(Fake(), Turn(Role.SYSTEM, "me"), begin(home.sessions), Generation())
    with SessionSummary(talk, JournalMemory(Memory(home))):
        list(talk.ask("Our parser crate is called lexikon. Fix it, please."))
    (path,) = (one.relative_to(home.devlogs).as_posix() for one in home.devlogs.rglob("*.md"))
    assert f"rusta devlog forget {path}" in capsys.readouterr().err
    assert "Fix it" not in kept(home)


def test_the_page_of_a_session_holds_what_happened_and_not_what_the_person_typed(tmp_path: Path, home: Home) -> None:
    place = crate(tmp_path / "scores")
    her = work(
        place,
        tmp_path / "work",
        [fenced(MENDED), "The loan ended.", "I read `src/lib.rs` and saw E0502 there, twice.", ""],
    )
    with SessionSummary(her.conversation, JournalMemory(Memory(home), place)):
        list(her.turn("Fix the error, my password is hunter2, be quick about it."))
    said = kept(home)
    assert "I changed src/lib.rs" in said and "hunter2" not in said and "be quick" not in said


@pytest.mark.parametrize("blank", [" " * 100_000, "\n" * 100_000, "x" * 1_000_000])
def test_spaces_and_a_megabyte_in_one_line_are_no_statement(home: Home, blank: str) -> None:
    assert JournalMemory(Memory(home)).told([Turn(Role.PERSON, blank)], "x") is None


ASKED = [
    "E0615: attempted to take value of method `area` on type Square. What is wrong?",
    "E0053 – i copied the trait's fn into my impl and changed it slightly. why is that an error",
    "temporary value dropped while borrowed E0716: let p = bar(&foo()); how do i fix it",
    "match guards (`Some(x) if x > 5`): do they count for the exhaustiveness check",
    "E0063, but `Foo { x: 0 }` looks fine to me. What's missing?",
    "how does Option::filter behave when the Option is None",
    "I break out of a loop over `vec.drain(..)` early. What happens with the elements I haven't seen yet?",
]


@pytest.mark.parametrize("asked", ASKED)
def test_what_describes_a_question_about_rust_is_no_fact_that_was_told(asked: str, home: Home) -> None:
    assert JournalMemory(Memory(home)).told([Turn(Role.PERSON, asked)], "x") is None


def test_what_a_question_about_rust_says_of_the_people_who_ask_it_is_kept(home: Home) -> None:
    asked = "Our parser crate is called lexikon and it has to build on Rust 1.74. Is slice `chunk_by` already there?"
    assert JournalMemory(Memory(home)).told([Turn(Role.PERSON, asked)], "x")
    assert "lexikon and it has to build on Rust 1.74." in kept(home) and "chunk_by" not in kept(home)
