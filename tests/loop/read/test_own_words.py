"""What the model says of its own on Rust: its names are looked up, in events and in JSON, and it is marked."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.library.index import Library
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event, NamesLookedUp, Said
from rusta.loop.read.library_answers import OWN_WORDS, LibraryAnswers
from rusta.loop.refine.turn_summary import TurnSummary
from rusta.loop.think.own_words import OwnWords
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from tests.library.documentation_on_disk import installed

TASK = "Write a function in Rust that keeps what it is asked to keep."
SAYS = "I would call `Vec::drain` first, and then `Vec::take_while_mut`, which is what you want here."
ME = Turn(Role.SYSTEM, "me")


@pytest.fixture
def talk(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Event], TurnSummary]]:
    """A turn outside a crate, of a mind that says this, with the small documentation."""
    documentation = installed(tmp_path / "toolchain")
    Library.build(home, documentation, lambda done, of: None).close()
    monkeypatch.setattr("rusta.library.compiler_pages.CompilerPages.documentation", documentation)

    def turn(request: str, says: str, trusted: bool = False) -> tuple[list[Event], TurnSummary]:
        mind, summary = Fake(script=[says]), TurnSummary()
        own = OwnWords(mind, ME, Generation()) if trusted else None
        conversation = Conversation(mind, ME, session.begin(home.sessions), Generation())
        agent = ChatAgent(conversation, library=LibraryAnswers(home, tmp_path, own=own))
        events: list[Event] = []
        for event in agent.turn(request):
            summary.see(event)
            events.append(event)
        return events, summary

    return turn


def said(events: Iterator[Event] | list[Event]) -> str:
    return "".join(one.text for one in events if isinstance(one, Said))


def test_the_names_that_the_model_says_are_looked_up_and_an_invented_one_is_told(
    talk: Callable[..., tuple[list[Event], TurnSummary]],
) -> None:
    events, summary = talk(TASK, SAYS)
    (looked,) = [one for one in events if isinstance(one, NamesLookedUp)]
    assert "Vec::drain" in looked.known and "Vec::take_while_mut" in looked.unknown
    assert "I looked my names up, and found no `Vec::take_while_mut`." in said(events)
    assert summary.spoken()["names"] == {
        "known": looked.known,
        "unknown": looked.unknown,
        "unchecked": looked.unchecked,
    }


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (TASK, SAYS),
        ("How are you today?", SAYS),
        (TASK, "`Vec` is a set."),
        ("why is there no such thing", "Rust has none, since its authors did not want one."),
    ],
)
def test_what_a_model_says_on_rust_where_nothing_was_quoted_is_marked_however_it_is_trusted(
    talk: Callable[..., tuple[list[Event], TurnSummary]], request_: str, says: str, trusted: bool
) -> None:
    assert said(talk(request_, says, trusted)[0]).endswith(OWN_WORDS)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ("How are you today?", "I am well, and I like this work."),
        ("Hello!", "Hello! How can I help you with Rust today?"),
        (TASK, "I would not."),
    ],
)
def test_talk_of_other_things_and_a_word_or_two_are_not_marked(
    talk: Callable[..., tuple[list[Event], TurnSummary]], request_: str, says: str
) -> None:
    events, summary = talk(request_, says)
    assert said(events) == says and summary.names == {}
