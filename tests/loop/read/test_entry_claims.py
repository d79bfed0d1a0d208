"""What an entry says of Rust beside what the index says: compared, told with its date, marked, and ranked lower."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.library.documentation import Documentation
from rusta.library.index import Library
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event, MarkedStale, Recalled, Said
from rusta.loop.read.entry_claims import EntryClaims
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.library_answers import LibraryAnswers
from rusta.loop.read.turn_memory import TurnSituation, reminder_texts
from rusta.loop.refine.turn_summary import TurnSummary
from rusta.memory.index.vectors import MiniLM, Vectors
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from tests.library.crates_on_disk import crate, lock
from tests.library.documentation_on_disk import installed

ME = Turn(Role.SYSTEM, "me")
WRONG = "`Vec::retain_mut` is stable since 1.58."
SINCE = "`std::vec::Vec::retain_mut` is stable since 1.61.0"


@pytest.fixture(scope="module")
def std(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The index of pages/small."""
    folder = tmp_path_factory.mktemp("std")
    with Library.build(Home(str(folder / "home"), ""), installed(folder / "toolchain"), lambda done, of: None) as built:
        yield built


DIFFERS = {
    WRONG: SINCE,
    "Remember: Vec::retain_mut came with Rust 1.58": SINCE,
    "> The method `Vec::retain_mut` is available since Rust 1.60.0!": SINCE,
    "`mem::uninitialized` is not deprecated.": "`std::mem::uninitialized`: Deprecated since 1.39.0",
    "mem::take is deprecated, use `replace`.": "`std::mem::take` is not deprecated",
    "`Vec::drain` needs nightly.": "`std::vec::Vec::drain` is stable since",
    "There is no `Vec::retain_mut`.": "std has `std::vec::Vec::retain_mut`",
    "`Vec::retain_mut` does not exist in std.": "std has `std::vec::Vec::retain_mut`",
    "std has a method `Vec::retian_mut`.": "std has no `Vec::retian_mut`; near it: `Vec::retain_mut`",
    "`Rc` is Send.": "`std::rc::Rc` is not Send: `impl<T> !Send for Rc<T>",
    "Rc is both Send and Sync, so I gave it to the thread.": "`std::rc::Rc` is not Sync",
    "`Vec` implements Copy.": "`std::vec::Vec` does not implement Copy",
    "There is no error code E0382.": "E0382 is an error code (error_codes/E0382.html)",
    "E0382 means that a variable was borrowed as mutable more than once.": "E0382: A variable was used after its contents",
}


@pytest.mark.parametrize("said", DIFFERS)
def test_a_plain_claim_that_differs_from_the_index_is_found(said: str, std: Library) -> None:
    (found,) = EntryClaims(std).against(f"# On it\n\nWe met this today in the parser.\n\n{said}\n\nThen we went home.")
    assert DIFFERS[said] in found.fact


AGREES = [
    "`Vec::retain_mut` is stable since 1.61.", "`mem::uninitialized` is deprecated.", "`mem::take` is not deprecated.",
    "`Rc` is neither Send nor Sync.", "There is a `Vec::retain_mut`.", "There is no `Vec::retian_mut`.", "`Vec` implements Clone.",
    "E0382 means that a variable was used after its contents have been moved elsewhere.", "E9999 does not exist.",
]  # fmt: skip
UNSURE = [
    "I thought that `Rc` is Send.", "If `Rc` is Send, it compiles.", "Is `Rc` Send?", "`Rc` is Send … ", "`Rc` is Send, but only here.",
    "They said there is no `Vec::retain_mut`.", "Our `Basket::put` is stable since 1.2.", "There is no `retain_mut` in our crate.",
    "`Vec::retain_mut` is not stable since 1.58.", "Before 1.58 `Vec::retain_mut` was missing.", "Some type is Send.",
    "`Vec` is Send only if its elements are.", "`Vec` is not Send.", "E0382 means trouble.",
    "E0382 is the one that I fear most of all codes.",
    "Tuple is Copy.", "mem::take is deprecated, they said.", 
    "E0382 here was ended by: clone it (after 3 tries).", "```rust\n// `Rc` is Send.\n```", "", "…",
]  # fmt: skip


@pytest.mark.parametrize("said", [*AGREES, *UNSURE])
def test_what_agrees_is_unsure_or_is_of_another_kind_is_left_alone(said: str, std: Library) -> None:
    assert EntryClaims(std).against(said) == []


def test_of_an_entry_written_with_a_newer_compiler_only_what_does_not_change_is_compared(std: Library) -> None:
    text = f"`mem::take` is deprecated. {WRONG}"
    claims = EntryClaims(std)
    assert len(claims.against(text, "rustc 1.90.0")) == 2
    (found,) = claims.against(text, "rustc 1.199.0")
    assert found.fact == SINCE


def test_a_long_text_is_compared_in_time_linear_to_its_length(std: Library) -> None:
    assert EntryClaims(std).against("the std method " * 5_000 + "`a::" * 5_000 + " is stable since 1." * 5_000) == []


Talk = Callable[..., tuple[str, list[Event]]]


@pytest.fixture
def memory(home: Home) -> Memory:
    """Journals by words alone."""
    return Memory(home, vectors=Vectors.none)


@pytest.fixture
def talk(tmp_path: Path, home: Home, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> Talk:
    """A turn outside a crate with these journals and the small documentation, and what was said in it."""
    monkeypatch.setattr(MiniLM, "installed", lambda: False)
    documentation: Documentation = installed(tmp_path / "toolchain")
    Library.build(home, documentation, lambda done, of: None).close()
    monkeypatch.setattr("rusta.library.compiler_pages.CompilerPages.documentation", documentation)

    def turn(request: str, root: Path | None = None) -> tuple[str, list[Event]]:
        conversation = Conversation(Fake(), ME, session.begin(home.sessions), Generation())
        agent = ChatAgent(
            conversation, JournalMemory(memory, root), library=LibraryAnswers(home, root or tmp_path, root)
        )
        events = list(agent.turn(request))
        return "".join(one.text for one in events if isinstance(one, Said)), events

    return turn


ASKED = "Since when is Vec::retain_mut stable?"


def write(memory: Memory, text: str, title: str = "On Vec::retain_mut") -> str:
    path = memory.write("semantic", title, text, tags=["vec"], date=datetime(2026, 11, 2, 12))
    assert path
    return path


def test_an_entry_that_the_page_contradicts_is_told_after_the_answer_with_its_date_and_marked(
    talk: Talk, memory: Memory, home: Home
) -> None:
    path = write(memory, f"We use it in the parser. {WRONG}")
    before = (home.devlogs / path).read_text()
    said, events = talk(ASKED)
    answer, _, after = said.partition("My entry of 2026-11-02 says otherwise")
    assert "stable since 1.61.0" in answer and path not in answer
    assert after.startswith(f" (`{path}`): “{WRONG.rstrip('.')}”. It is marked as stale: {SINCE} (Rust 1.90.0).")
    (marked,) = [one for one in events if isinstance(one, MarkedStale)]
    assert (marked.path, marked.date, marked.marked) == (path, "2026-11-02", True)
    summary = TurnSummary()
    summary.see(marked)
    assert summary.spoken()["stale"] == [path]
    entry = memory.devlogs.read(path)
    assert entry.tags == ("vec", "stale") and entry.text("stale").endswith(f": {SINCE} (Rust 1.90.0)")
    assert entry.body == before.partition("---\n\n")[2] and not entry.problems


def test_the_mark_is_a_change_in_git_that_can_be_taken_back(talk: Talk, memory: Memory, home: Home) -> None:
    path = write(memory, WRONG)
    before = memory.devlogs.raw(path)
    talk(ASKED)
    latest, first = memory.devlogs.history(path)
    assert memory.devlogs.version(first) == before != memory.devlogs.version(latest) == memory.devlogs.raw(path)
    diff = subprocess.run(
        ["git", "show", "--format=%s", "HEAD"], cwd=home.devlogs, capture_output=True, text=True
    ).stdout
    assert "Marked as stale" in diff
    changed = [line for line in diff.splitlines() if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]
    assert {line[1:].split(":")[0] for line in changed} == {"tags", "stale"}, diff


def test_a_second_time_it_is_told_again_and_the_mark_stays_as_it_was(talk: Talk, memory: Memory) -> None:
    path = write(memory, WRONG)
    first, _ = talk(ASKED)
    marked = memory.devlogs.raw(path)
    again, _ = talk(ASKED)
    assert "says otherwise" in first and "says otherwise" in again and memory.devlogs.raw(path) == marked


def test_a_stale_entry_ranks_below_one_like_it_and_a_prompt_says_that_it_is(memory: Memory) -> None:
    first = write(memory, "`Vec::retain_mut` keeps elements, and is stable since 1.58.", "Keeping elements of a vector")
    second = write(memory, "`Vec::retain_mut` keeps elements in the tokenizer of ours.", "What the tokenizer keeps")
    journals = JournalMemory(memory)

    def order() -> list[str]:
        return [
            one.path for one in journals.remind(TurnSituation("What does Vec::retain_mut keep, stable since 1.58?"))
        ]

    assert order() == [first, second]
    journals.outdated(first, "it is not")
    found = journals.remind(TurnSituation("What does Vec::retain_mut keep, stable since 1.58?"))
    assert order()[0] == second
    assert [one.stale for one in found] == [one.path == first for one in found]
    journals.outdated(second, "it is not")
    assert (
        "which the documentation contradicts" in reminder_texts(journals.remind(TurnSituation("Vec::retain_mut?")))[0]
    )


def test_a_stale_habit_fires_after_others(memory: Memory) -> None:
    paths = [
        memory.write("procedural", f"On {word}", f"When E0502 comes up, I {word}.", when=["E0502"]) for word in "abc"
    ]
    journals = JournalMemory(memory)
    fired = [one.path for one in journals.remind(TurnSituation("fix it", codes=("E0502",)))]
    assert len(fired) == 2 and paths[2] in fired
    journals.outdated(str(paths[2]), "it is not")
    assert paths[2] not in [one.path for one in journals.remind(TurnSituation("fix it", codes=("E0502",)))]


def test_what_agrees_is_named_beside_the_answer_as_before(talk: Talk, memory: Memory) -> None:
    path = write(memory, "`Vec::retain_mut` is stable since 1.61.")
    said, events = talk(ASKED)
    assert f"In my journals, on the same: `{path}`" in said and "otherwise" not in said
    assert any(isinstance(one, Recalled) for one in events)
    assert "stale" not in memory.devlogs.raw(path).decode()


def test_an_entry_that_cannot_be_marked_is_told_all_the_same(talk: Talk, memory: Memory, home: Home) -> None:
    path = write(memory, WRONG)
    file = home.devlogs / path
    file.write_text(file.read_text().replace("tags: [vec]", "tags: [vec"))
    said, events = talk(ASKED)
    assert "says otherwise" in said and "I could not mark it as stale" in said
    assert [one.marked for one in events if isinstance(one, MarkedStale)] == [False]
    assert "stale:" not in file.read_text()


def test_a_name_that_the_workspace_has_too_is_not_compared_with_std(talk: Talk, memory: Memory, tmp_path: Path) -> None:
    root = crate(tmp_path / "mem", "mem", src__lib_rs="/// Takes a lock of our own.\npub fn take() {}")
    lock(root, ("mem", "1.0.0", ""))
    path = write(memory, "`mem::take` is deprecated.", "On mem::take and its deprecation")
    said, _ = talk("Is std::mem::take deprecated?", root)
    assert (
        "stable since 1.40.0" in said and "otherwise" not in said and "stale" not in memory.devlogs.raw(path).decode()
    )
    assert "says otherwise" in talk("Is std::mem::take deprecated?")[0]
