"""Whoever answers: the one thing that every door (a terminal, a script, an editor, a server) holds, and how it is built.

A door sends a request and reads the events of the turn, in order; each is in the session before it is seen. What a door
brings itself is how a person is asked (`Person`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rusta.core.home import Home
from rusta.core.output import aside
from rusta.identity.identity import Identity
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.events import Event
from rusta.loop.gates.permissions import Approve, AskPerson
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.requests import MEND
from rusta.loop.workplace import crate_root
from rusta.mind.mind import Generation, Mind, Piece
from rusta.tools.sandbox import Confinement
from rusta.tools.toolchain import NoToolchain, Toolchain


class Agent(Protocol):
    """Answers requests, one turn after another."""

    conversation: Conversation
    last: Piece  # of what was said, with its timings

    def turn(self, request: str) -> Iterator[Event]:
        """What happens until the request is done. Closing the iterator stops it; what was done so far is in the session."""
        ...


@dataclass(frozen=True)
class Person:
    """How whoever is at a door is asked and told. Without `permission` and `yes` nobody can be asked."""

    says: Callable[[str], None]  # a line that is no part of an answer
    permission: AskPerson | None = None
    yes: Callable[[str], bool] | None = None


def begin(
    mind: Mind, identity: Identity, generation: Generation, home: Home, workspace: str | None, resume: str | None,
    adapter: Path | None,
) -> Conversation:  # fmt: skip
    """A new conversation, or the one to `resume`, with the mind awake. Raises `RustaError`."""
    place = str(crate_root(Path(workspace or ".").expanduser()) or "")
    said = session.resume(home.sessions, resume, place) if resume else session.begin(home.sessions, place)
    mind.wake(adapter)
    return Conversation(mind, identity.turn(), said, generation)


@contextmanager
def build_agent(
    conversation: Conversation, home: Home, person: Person, workspace: str | None, approve: Approve | None,
    memory: JournalMemory | None, sandbox: Confinement, toolchain: Toolchain | NoToolchain, online: bool, only: str | None,
) -> Iterator[Agent]:  # fmt: skip
    """In a crate, named or the one that the process stands in, a `CrateAgent`; elsewhere a `ChatAgent`.

    `only` is the one request that comes, or None where more may follow.
    """
    folder = Path(os.path.expanduser(workspace or "."))  # noqa: PTH111  never raises
    if isinstance(toolchain, NoToolchain):
        yield ChatAgent(conversation, memory)
        return
    if workspace is None and crate_root(folder) is None:
        if only is None or MEND.search(only):  # to others it does not matter that there is no crate
            person.says(
                f"crate: none (no Cargo.toml in {folder.resolve()} or above it), so I only talk. Name one: workspace=PATH"
            )
        yield ChatAgent(conversation, memory)
        return
    from rusta.loop.workplace import Workplace

    place = Workplace.open(
        folder, Path(home.root), sandbox.choose(person.yes), sandbox.limits, approve, person.permission,
        conversation.session.id, online,
    )  # fmt: skip
    held = place.trial.sandbox.name
    person.says(f"crate: {place.root} (builds {'without a sandbox' if held == 'none' else f'in {held}'})")
    if place.history.recovered:
        aside(place.history.recovered)
    if memory:
        memory.workspace = place.root
    with place.history, closing(CrateAgent(conversation, place, memory)) as agent:
        yield agent
