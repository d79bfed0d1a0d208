"""The agent used outside a crate: it recalls journal entries and answers, without tools."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rusta.loop.conversation import Conversation
from rusta.loop.events import Declined, Event, Recalled, Said
from rusta.loop.gates.scope import outside
from rusta.loop.read.library_answers import LibraryAnswers, may_claim
from rusta.loop.read.note_checks import NoteChecks
from rusta.loop.read.turn_memory import TurnMemory, TurnSituation, reminder_texts, uncited
from rusta.mind.mind import Piece


@dataclass
class ChatAgent:
    """Answers from a conversation and, if given, a memory."""

    conversation: Conversation
    memory: TurnMemory | None = None
    last: Piece = field(default_factory=lambda: Piece("", 0))  # the last piece of the answer, with its timings
    library: LibraryAnswers | None = None  # what is asked before the model
    notes: NoteChecks | None = None  # compares what is recalled with mirrors

    def turn(self, request: str) -> Iterator[Event]:
        """Yield the recalled entries and how they stand beside mirrors, then the answer.

        A recalled entry that the answer uses is cited by its path, in the answer or below it. Requests that are out of
        scope are declined, as in a crate.
        """
        if crossed := outside(request, None):
            yield self._kept(Declined(gate=crossed.boundary, why=crossed.words))
            return
        yield from self._answered(request)
        for late in self.notes.later() if self.notes else ():
            yield self._kept(late)

    def _answered(self, request: str) -> Iterator[Event]:
        found = self.memory.remind(TurnSituation(request)) if self.memory else ()
        for one in found:
            yield self._kept(Recalled(path=one.path, age=one.age, confidence=one.confidence, why=one.why))
        if self.notes:
            found, differing = self.notes.compared(found)
            yield from map(self._kept, differing)
            yield from map(self._kept, self.notes.looked_up(request, found))
        if self.library and (grounded := self.library.answer(request)):
            self.last = Piece("", 0, finish="stop")
            stale = self.library.contradicted(found, self.memory)
            for event in grounded.told(self.conversation, request, found, stale):
                yield event if isinstance(event, Said) else self._kept(event)
            return
        beside = "\n\n".join([*reminder_texts(found), *(self.notes.pages if self.notes else ())])
        said = ""
        for piece in self.conversation.ask(request, beside=beside):
            said, self.last = said + piece.text, piece
            yield Said(text=piece.text)
        if line := uncited(said, found, request):
            yield Said(text=f"\n\n{line}")
        if self.library and may_claim(request, said):
            for event in self.library.about_own_words(said):
                yield event if isinstance(event, Said) else self._kept(event)

    def _kept(self, event: Event) -> Event:
        """Write the event to the session, and return it."""
        self.conversation.session.note(event.as_line())
        return event
