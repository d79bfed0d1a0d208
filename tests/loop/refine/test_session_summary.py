"""What a session leaves in her journals when it ends: real cargo and real journals; only the mind reads from a script."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.conversation import Conversation
from rusta.loop.narration import Narration
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.refine.session_summary import SessionSummary, sitting
from rusta.loop.session import begin, resume
from rusta.memory.entries.entry import Entry, parse
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from rusta.ui.terminal.progress_line import ProgressLine
from tests.loop.crate import MENDED, NO_MUT, crate, fenced, work

HAPPENED = (
    "`src/lib.rs` would not compile: E0502, a loan of the map that lived past the insert. I copied the number out before "
    "the map was changed, and the test of the old score passed. The second half of this sentence was cut"
)
FELT = "That apostrophe of a loan annoyed me more than it should. `copied()` was in front of me all along."


def entries(home: Home, journal: str) -> list[Entry]:
    return [parse(path.read_bytes(), path.name) for path in sorted((home.devlogs / journal).glob("**/*.md"))]


def test_a_session_of_work_leaves_a_page_of_what_happened_and_one_of_how_it_was(tmp_path: Path, home: Home) -> None:
    place = crate(tmp_path / "scores")
    her = work(place, tmp_path / "work", [fenced(MENDED), HAPPENED, FELT])
    diary, screen = JournalMemory(Memory(home), place), io.StringIO()
    with SessionSummary(her.conversation, diary, moving=ProgressLine(Console(file=screen, force_terminal=True)).moving):
        list(her.turn("Fix the error, please."))
    assert "writing this session down" in screen.getvalue() and "Ctrl-C leaves it unwritten" in screen.getvalue()
    (page,) = entries(home, "episodic")
    assert "the test of the old score passed." in page.body and "was cut" not in page.body
    assert (
        page.title == "E0502, mended"
        and page.meta["repo"] == "scores"
        and her.conversation.session.id in page.meta["source"]
    )
    assert "E0502" in page.tags
    (feeling,) = entries(home, "emotional")
    assert feeling.body.strip().endswith(FELT)


def test_of_an_answer_her_whole_sentences_stay_and_no_list_heading_or_code(tmp_path: Path, home: Home) -> None:
    happened = (
        "# My page\n\nI copied the number out.\n\nIn order:\n\n1. **E0502**\n   - rustc said so\n\n```rust\nfn a() {}\n```\n\n"
        "It compiled, after `src/lib.rs: 4` was read.\n\n2."
    )
    felt = "One or two sentences:\n\n1. **I had a difficult time.**\n\n2. It was hard."
    her = work(crate(tmp_path / "scores"), tmp_path / "work", [fenced(MENDED), happened, felt])
    with SessionSummary(her.conversation, JournalMemory(Memory(home))):
        list(her.turn("Fix the error, please."))
    (page,) = entries(home, "episodic")
    hers, log = page.body.split("From the session's log:")
    assert hers.split("\n\n")[1:] == ["I copied the number out.", "It compiled, after `src/lib.rs: 4` was read.", ""]
    assert "- I changed src/lib.rs" in log
    assert entries(home, "emotional") == []  # she was asked for sentences, and there was none


def test_she_is_asked_about_what_the_log_says_and_about_this_sitting_only(tmp_path: Path) -> None:
    her = work(crate(tmp_path / "scores", NO_MUT), tmp_path / "home", ["It was not declared mutable."])
    list(her.turn("Fix the error, please."))
    seen = sitting(her.conversation.session)
    told = seen.told()
    assert "I was asked: Fix the error, please." in told and "rustc said: " in told and "I changed src/lib.rs: " in told
    assert seen.attempts == 2 and seen.codes == ["E0596"] and seen.mended
    again = resume(her.conversation.session.path.parent, "last")
    assert sitting(again).facts == []


def test_a_session_that_went_by_itself_costs_no_thought_and_says_why_if_asked(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    mind = Fake()
    talk = Conversation(mind, Turn(Role.SYSTEM, "me"), begin(home.sessions), Generation())
    with SessionSummary(talk, JournalMemory(Memory(home)), Narration.full):
        list(talk.ask("What is a lifetime?"))
    assert mind.asked == 1 and not list(home.devlogs.rglob("*.md"))
    assert "Not written down: this session: it went at once" in capsys.readouterr().err


def test_what_was_broken_off_leaves_what_was_told_and_no_page(tmp_path: Path, home: Home) -> None:
    place = crate(tmp_path / "scores")
    her = work(place, tmp_path / "work", [fenced(MENDED), HAPPENED])
    with pytest.raises(KeyboardInterrupt), SessionSummary(her.conversation, JournalMemory(Memory(home), place)):
        list(her.turn("Fix the error. Our scores crate has to build on Rust 1.74."))
        raise KeyboardInterrupt
    assert not entries(home, "episodic") and "1.74" in entries(home, "semantic")[0].body


def test_a_question_with_other_ends_of_lines_in_it_is_one_line_of_the_log(home: Home) -> None:
    talk = Conversation(Fake(), Turn(Role.SYSTEM, "me"), begin(home.sessions), Generation())
    list(talk.ask("One\u2028two\x85three."))
    assert sitting(talk.session).facts == ["- I was asked: One two three."]


def test_a_small_mind_leaves_the_facts_and_is_not_asked(tmp_path: Path, home: Home) -> None:
    place = crate(tmp_path / "scores")
    her = work(place, tmp_path / "work", [fenced(MENDED), "The loan ended too late.", HAPPENED, FELT])
    with SessionSummary(her.conversation, JournalMemory(Memory(home), place), prose=False):
        list(her.turn("Fix the error, please."))
    (page,) = entries(home, "episodic")
    assert page.title == "E0502, mended" and "I changed src/lib.rs" in page.body
    assert "an apostrophe" not in page.body and "Fix the error" not in page.body and not entries(home, "emotional")


def test_words_about_nothing_are_not_kept_where_a_mind_is_looked_at_strictly(tmp_path: Path, home: Home) -> None:
    place, nothing = (
        crate(tmp_path / "scores"),
        "The session over was a journey that I felt like I was my, and it was good.",
    )
    her = work(place, tmp_path / "work", [fenced(MENDED), "The loan ended too late.", nothing, nothing])
    with SessionSummary(her.conversation, JournalMemory(Memory(home), place), strict=True):
        list(her.turn("Fix the error, please."))
    (page,) = entries(home, "episodic")
    assert "journey" not in page.body and "I changed src/lib.rs" in page.body and not entries(home, "emotional")


def test_a_session_of_talk_alone_leaves_a_small_mind_no_page(home: Home) -> None:
    talk = Conversation(Fake(), Turn(Role.SYSTEM, "me"), begin(home.sessions), Generation())
    diary = JournalMemory(Memory(home))
    with SessionSummary(talk, diary, prose=False) as ending:
        ending.began -= 600
        list(talk.ask("What is a lifetime, and why do I meet so many of them?"))
    assert not list(home.devlogs.rglob("*.md"))
