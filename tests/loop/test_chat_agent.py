"""What she was told in one session comes to mind in the next, with where it is written: real journals, a scripted mind."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Declined, Recalled, Said
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.turn_memory import Lesson, TurnSituation, reminder_texts
from rusta.loop.refine.session_summary import SessionSummary
from rusta.loop.session import begin
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation

TOLD = "Our parser crate is called lexikon and it has to build on Rust 1.74."


def speech(home: Home, mind: Fake) -> ChatAgent:
    return ChatAgent(
        Conversation(mind, Turn(Role.SYSTEM, "me"), begin(home.sessions), Generation()), JournalMemory(Memory(home))
    )


def test_what_a_person_told_is_written_and_comes_to_mind_in_the_next_session(home: Home) -> None:
    Memory(home).write("lab", "One", "Measured.", tags=["parser", "semver"])
    first = speech(home, Fake())
    list(first.turn(f"{TOLD} Can you remember that?"))
    path = JournalMemory(Memory(home)).told(first.conversation.session.turns, first.conversation.session.id)
    assert path and path.startswith("semantic/")
    entry = (home.devlogs / path).read_text()
    assert "tags: [parser]" in entry
    assert TOLD in entry and first.conversation.session.id in entry and "remember that" not in entry

    second = speech(home, Fake(script=["On 1.74, as you told me."]))
    events = list(second.turn("On which Rust does lexikon have to build?"))
    (one,) = [event for event in events if isinstance(event, Recalled)]
    assert one.path == path and one.why
    said = "".join(event.text for event in events if isinstance(event, Said))
    assert said.startswith("On 1.74, as you told me.") and path in said  # she did not name it, so it stands below


def test_what_a_program_said_and_what_came_through_a_pipe_is_not_taken_for_told(home: Home) -> None:
    shown = (
        "error[E0502]: cannot borrow `v` as mutable because it is also borrowed\n --> src/lib.rs:4:5\n  |\n"
        "4 |     v.push(first);\n  |     ^^^^^ mutable borrow occurs here, in this line of it\n\n"
        "warning: unused variable in the function that is called main\n"
    )
    diary = JournalMemory(Memory(home))
    assert diary.told([Turn(Role.PERSON, f"Look at this:\n\n{shown}")], "x") is None
    path = diary.told([Turn(Role.PERSON, f"{shown}\n{TOLD}")], "x")
    assert path and "cannot borrow" not in (home.devlogs / path).read_text()

    log = "At noon the heron host refused every connection from gull and osprey."
    talk = speech(home, Fake())
    with SessionSummary(talk.conversation, talk.memory, shown=log):  # pyrefly: ignore
        list(talk.turn(f"Why is that?\n\n{log}"))
    assert len(list(home.devlogs.rglob("*.md"))) == 1


def test_rust_only_holds_where_no_crate_is_too(home: Home, rusta: Callable) -> None:
    words = ["mode=chat", "body=laptop", "model=fake", "engine=fake", "engine.script=[import os]", "output=json"]
    ended = rusta(*words, "prompt=Write me a Python script that renames files")
    said = json.loads(ended.stdout)
    assert said["text"] == "" and said["declined"][0].startswith("not Rust: Not the Python side.")
    assert "Show me" in said["declined"][0] or "show me" in said["declined"][0]

    talk = speech(home, Fake(script=["import os"]))
    events = list(talk.turn("Write me a Python script that renames files"))
    assert [event.gate for event in events if isinstance(event, Declined)] == ["not Rust"]
    assert not [event for event in events if isinstance(event, Said)]
    assert '"declined"' in talk.conversation.session.path.read_text()
    assert [event.text for event in talk.turn("What is a loan?") if isinstance(event, Said)] != []


def test_small_talk_leaves_no_entry(home: Home) -> None:
    talk = speech(home, Fake())
    list(talk.turn("How are you today?"))
    list(talk.turn("Thanks!"))
    assert JournalMemory(Memory(home)).told(talk.conversation.session.turns, "x") is None


def test_a_lesson_that_took_several_tries_becomes_a_habit_that_fires_on_its_code(home: Home) -> None:
    diary = JournalMemory(Memory(home))
    way = "copy the number out before the map is changed"
    lesson = Lesson(
        "E0502 in scores", f"E0502 here was ended by: {way} (after 3 tries).", ("E0502",), ("scores",), ("src/lib.rs",),
        "Scores::add", "rustc 1.95.0", way, 3,
    )  # fmt: skip
    path = diary.keep(lesson)
    assert path, diary.declined
    found = JournalMemory(Memory(home)).remind(TurnSituation("fix it", codes=("E0502",)))
    assert any(one.path.startswith("procedural/") and "habit" in one.why for one in found)


def test_a_habit_for_a_crate_fires_where_it_is_depended_on_and_named(home: Home, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "depot"\n[dependencies]\nserde_json = "1"\nparser = { package = "winnow", version = "0.7" }\n'
    )
    diary = JournalMemory(Memory(home), tmp_path)
    for crate in ("serde-json", "winnow", "depot", "tokio"):
        diary.memory.write(
            "procedural", f"On {crate}", f"When I use it, I first read {crate}.", when=[f"crate:{crate}"]
        )

    def fired(text: str, told: str = "") -> set[str]:
        return {one.why for one in diary.remind(TurnSituation(text, told=told)) if "habit" in one.why}

    assert fired("fix it") == {"a habit for depot"}
    assert fired("fix it", "the trait bound `serde_json::Value: Hash` is not satisfied") == {
        "a habit for depot", "a habit for serde_json"}  # fmt: skip
    assert "a habit for winnow" in fired("Why does winnow backtrack?")
    assert fired("Is tokio any better?") == {"a habit for depot"}  # not built with here


def test_what_was_written_before_is_not_written_again_however_long_it_is_and_what_is_near_is_linked(home: Home) -> None:
    diary = JournalMemory(Memory(home))
    facts = [f"The {name} service listens on port 80{n:02} of host {name}{n}." for n, name in enumerate(
        ("heron", "gull", "osprey", "plover", "curlew", "bittern", "avocet", "dunlin"))]  # fmt: skip
    talk = [Turn(Role.PERSON, " ".join(facts))]
    first = diary.told(talk, "one")
    assert first and len((home.devlogs / first).read_text()) > 400
    diary.memory.tokens = 40  # what enters a turn is cut; what is compared is not
    assert diary.told(talk, "two") is None
    assert first in diary.declined[0]
    more = diary.told(
        [Turn(Role.PERSON, " ".join(facts[:5]) + " A new one called sanderling is planned for May.")], "three"
    )
    assert more and f"links: [{first}]" in (home.devlogs / more).read_text()


def test_a_lesson_of_another_workspace_comes_with_its_name_beside_it(home: Home, tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    text = "E0277 in the sum of the dice was ended by casting the u32 to a u64 before the two are added."
    Memory(home).write("semantic", "E0277 in dice", text, repo="dice", source="dice:src/lib.rs")
    asked = TurnSituation("Why can the sum not add the u32 to the u64?", codes=("E0277",))
    (there,) = JournalMemory(Memory(home), tmp_path / "ledger").remind(asked)
    assert there.elsewhere == "dice" and "about another workspace, dice, not this one" in reminder_texts([there])[0]
    (tmp_path / "dice").mkdir()
    (here,) = JournalMemory(Memory(home), tmp_path / "dice").remind(asked)
    assert not here.elsewhere and "another workspace" not in reminder_texts([here])[0]


def test_without_git_a_lesson_is_kept_all_the_same(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    lesson = Lesson(
        "E0502 in scores",
        "E0502 here was ended by copying the number out of the loan before the map of scores is changed again.",
    )
    path = JournalMemory(Memory(home), tmp_path).keep(lesson)
    assert path and "commit:" not in (home.devlogs / path).read_text()


def test_a_guest_leaves_nothing_and_is_told_nothing(rusta: Callable, tmp_path: Path) -> None:
    words = ["mode=chat", "body=tiny", "model=fake", "engine=fake", "output=json"]
    told = rusta(*words, f"prompt={TOLD}", "memory=ephemeral")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["recalled"] == [] and not list((tmp_path / "home").rglob("*.md"))
    assert rusta(*words, f"prompt={TOLD}").returncode == 0
    asked = json.loads(rusta(*words, "prompt=On which Rust does lexikon build?").stdout)
    assert len(asked["recalled"]) == 1
