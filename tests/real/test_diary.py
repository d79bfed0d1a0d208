"""The real stand-in and real journals: what it was told it finds again, and what it did it writes down in its own words."""

from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.identity import NAME
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Changed, Recalled, Said
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.refine.session_summary import SessionSummary
from rusta.loop.session import begin
from rusta.memory.recall.recall import Memory
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf
from tests.loop.crate import NO_MUT, crate, only, work

SHORT = Generation(max_tokens=120, temperature=0)


@pytest.fixture(scope="module")
def mind(model: Gguf, own: Home) -> LlamaCpp:
    mind = LlamaCpp(model, own, context=4096)
    mind.wake()
    return mind


def test_a_fact_told_in_one_session_is_recalled_and_cited_by_path_in_the_next(mind: LlamaCpp, home: Home) -> None:
    first = Conversation(mind, NAME, begin(home.sessions), SHORT)
    diary = JournalMemory(Memory(home))
    with SessionSummary(first, diary):
        list(ChatAgent(first, diary).turn("Our parser crate is called lexikon and it has to build on Rust 1.74."))
    (path,) = [str(entry.relative_to(home.devlogs)) for entry in home.devlogs.glob("semantic/**/*.md")]

    second = Conversation(mind, NAME, begin(home.sessions), SHORT)
    events = list(
        ChatAgent(second, JournalMemory(Memory(home))).turn(
            "Which version of Rust does the lexikon crate have to build on?"
        )
    )
    assert [event.path for event in only(events, Recalled)] == [path]
    said = "".join(event.text for event in only(events, Said))
    print(said)
    assert "1.74" in said and path in said


def test_after_a_session_of_work_its_page_is_in_the_journal_in_its_own_words(
    mind: LlamaCpp, home: Home, tmp_path: Path
) -> None:
    place = crate(tmp_path / "scores", NO_MUT)
    her = work(place, tmp_path / "work", [])
    her.conversation.mind = mind
    diary = JournalMemory(Memory(home), place.resolve())
    with SessionSummary(her.conversation, diary):
        assert only(list(her.turn("Fix the error, please.")), Changed)
    pages = list(home.devlogs.glob("episodic/**/*.md"))
    assert pages, diary.declined
    print(pages[0].read_text())
    assert "E0596" in pages[0].read_text()
