"""The agent interface that every front end (a terminal, a script, an editor, a server) uses, and how an agent is built.

A front end sends a request and reads the events of the turn, in order; each event is written to the session before it
is yielded. What a front end supplies itself is how a person is asked (`Person`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rusta.core.home import Home
from rusta.core.output import aside, counted
from rusta.identity.identity import Identity
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event
from rusta.loop.gates.permissions import Approve, AskPerson
from rusta.loop.read.changed_crates import ChangedCrates
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.library_answers import Answers, LibraryAnswers
from rusta.loop.read.note_checks import NoteChecks
from rusta.loop.requests import MEND
from rusta.loop.think.own_words import OwnWords
from rusta.loop.workplace import Workplace, crate_root
from rusta.mind.mind import Generation, Mind, Piece
from rusta.mirror.mirror_answers import MirrorAnswers
from rusta.tools.sandbox import Confinement
from rusta.tools.toolchain import NoToolchain, Toolchain


class Agent(Protocol):
    """Answers requests, one turn after another."""

    conversation: Conversation
    last: Piece  # the last piece of the answer, with its timings
    library: LibraryAnswers | None  # what is asked before the model

    def turn(self, request: str) -> Iterator[Event]:
        """Yield the events of a turn until the request is done.

        Closing the iterator stops the turn; what was done so far is in the session.
        """
        ...


@dataclass(frozen=True)
class Person:
    """How a front end asks and tells its user. Without `permission` and `yes` nobody can be asked."""

    says: Callable[[str], None]  # shows a line that is not part of an answer
    permission: AskPerson | None = None
    yes: Callable[[str], bool] | None = None


def begin_conversation(
    mind: Mind, identity: Identity, generation: Generation, home: Home, workspace: str | None, resume: str | None,
    adapter: Path | None,
) -> Conversation:  # fmt: skip
    """Return a new conversation, or the one to `resume`, with the model loaded. Raises `RustaError`."""
    place = str(crate_root(Path(workspace or ".").expanduser()) or "")
    said = session.resume(home.sessions, resume, place) if resume else session.begin(home.sessions, place)
    mind.wake(adapter)
    return Conversation(mind, identity.turn(), said, generation)


@contextmanager
def build_agent(
    conversation: Conversation, home: Home, person: Person, workspace: str | None, approve: Approve | None,
    memory: JournalMemory | None, sandbox: Confinement, toolchain: Toolchain | NoToolchain, online: bool, only: str | None,
    answers: Answers = Answers.grounded, speaks: bool = False,
) -> Iterator[Agent]:  # fmt: skip
    """Yield a `CrateAgent` in a crate, named or around the current directory, else a `ChatAgent`.

    `only` is the single request of a one-shot run, or None where more may follow. `speaks`: the model is trusted to say
    something of its own beside what is quoted, and to propose whole repairs.
    """
    folder = Path(os.path.expanduser(workspace or "."))  # noqa: PTH111  never raises
    if isinstance(toolchain, NoToolchain):
        yield ChatAgent(conversation, memory, notes=NoteChecks(home))
        return
    root = crate_root(folder)
    own = OwnWords(conversation.mind, conversation.identity, conversation.generation) if speaks else None
    changed = ChangedCrates(MirrorAnswers(home, memory.memory if memory else None, step=counted), root)
    grounded = answers is Answers.grounded
    library = LibraryAnswers(home, folder, root, sandbox.choose, own, changed) if grounded else None
    if workspace is None and root is None:
        if only is None or MEND.search(only):  # for other one-shot requests a missing crate does not matter
            person.says(
                f"crate: none (no Cargo.toml in {folder.resolve()} or above it), so I only talk. Name one: workspace=PATH"
            )
        yield ChatAgent(conversation, memory, library=library, notes=NoteChecks(home, root))
        return
    from rusta.loop.crate_agent import CrateAgent  # a tenth of a second, that a chat elsewhere need not wait

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
    notes = NoteChecks(home, place.root)
    her = CrateAgent(conversation, place, memory, library=library, trusted=speaks, notes=notes)
    with place.history, closing(her) as agent:
        yield agent
