"""A turn without hands: what comes to mind from her journals, and what she says. Elsewhere than in a crate, this is a turn."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rusta.loop.conversation import Conversation
from rusta.loop.events import Declined, Event, Recalled, Said
from rusta.loop.gates.scope import outside
from rusta.loop.read.turn_memory import TurnMemory, TurnSituation, pages, uncited
from rusta.mind.mind import Piece


@dataclass
class ChatAgent:
    """A conversation, and a memory beside it."""

    conversation: Conversation
    memory: TurnMemory | None = None
    last: Piece = field(default_factory=lambda: Piece("", 0))  # of what she said, with its timings

    def turn(self, request: str) -> Iterator[Event]:
        """Reminders, then her words. An entry that came to mind is cited by its path, by her or below her answer.

        What is outside her scope is declined here as it is in a crate.
        """
        if crossed := outside(request, None):
            yield self._kept(Declined(gate=crossed.boundary, why=crossed.words))
            return
        found = self.memory.remind(TurnSituation(request)) if self.memory else ()
        for one in found:
            yield self._kept(Recalled(path=one.path, age=one.age, confidence=one.confidence, why=one.why))
        beside = "\n\n".join(pages(found))
        said = ""
        for piece in self.conversation.ask(request, beside=beside):
            said, self.last = said + piece.text, piece
            yield Said(text=piece.text)
        if line := uncited(said, found, request):
            yield Said(text=f"\n\n{line}")

    def _kept(self, event: Event) -> Event:
        """The event, in the session before it is seen."""
        self.conversation.session.note(event.as_line())
        return event
