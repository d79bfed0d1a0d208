"""One question, one answer: fitted into the window, streamed, and on disk whatever interrupts it."""

from collections.abc import Iterator
from dataclasses import dataclass

from rusta.identity.turns import Role, Turn
from rusta.loop.refine.turn_limits import until_chant
from rusta.loop.session import Session
from rusta.mind.mind import Constraint, Generation, Mind, Piece
from rusta.mind.window import fit


@dataclass
class Conversation:
    """A woken mind, who she is, and what was said so far."""

    mind: Mind
    identity: Turn
    session: Session
    generation: Generation
    left_out: int = 0  # turns that no longer fit in the window
    generated: int = 0  # tokens, in all answers so far

    def ask(self, text: str, constraint: Constraint | None = None, beside: str = "") -> Iterator[Piece]:
        """Her answer, a piece at a time. The question is on disk before the first piece.

        `beside` is what she should have before her eyes this once (a map, a report): it stands after the question and is
        not kept, since it will have changed by the next.

        When the iterator is closed early (Ctrl-C), what she had said is kept, marked as interrupted. Raises
        `TooLong`, before anything is written, when the question does not fit beside her identity.
        """
        room = self.mind.context - self.generation.max_tokens
        asked = Turn(Role.PERSON, text)
        seen = Turn(Role.PERSON, f"{text}\n\n{beside}") if beside else asked
        turns = [*self.session.turns, seen]
        window = fit(self.identity, turns, room, self.mind.count)
        self.left_out = len(turns) - (len(window) - 1)
        self.session.add(asked)
        said, finish, tokens = "", "interrupted", 0
        pieces = until_chant(self.mind.stream(window, self.generation, constraint))
        try:
            for piece in pieces:
                said, tokens = said + piece.text, piece.tokens
                if piece.finish:
                    finish = piece.finish
                yield piece
        finally:
            pieces.close()
            self.generated += tokens
            if said:
                self.session.add(Turn(Role.RUSTA, said.strip()), finish=finish, tokens=tokens, model=self.mind.name)
            else:
                self.session.turns.pop()  # unanswered: on disk, and not in the window

    def tell(self, text: str, answer: str) -> None:
        """Keep an exchange whose answer was composed and not asked of the mind."""
        self.session.add(Turn(Role.PERSON, text))
        self.session.add(Turn(Role.RUSTA, answer), finish="stop", tokens=0, model="")

    def used(self) -> int:
        """Tokens that identity and everything said take."""
        return self.mind.count([self.identity, *self.session.turns])

    def cut(self, last: Piece) -> str:
        """Why an answer that ended in this piece has no end of its own; "" where it has one."""
        if last.finish == "length":
            return f"cut off after {last.tokens} tokens: say go on, or let me say more: generation.max_tokens=N"
        return "I only said the same again, so I stopped" if last.finish == "repeated" else ""
