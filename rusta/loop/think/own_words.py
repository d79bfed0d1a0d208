"""What a model says of its own beside an answer that was quoted: only what the quotes say passes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rusta.identity.turns import Role, Turn
from rusta.loop.gates.supported_sentences import guarded
from rusta.mind.mind import Generation, Mind

MOST_TOKENS = 80
WISH = "In at most two sentences, say what of this matters for my question. Add nothing that is not written here."


@dataclass(frozen=True)
class OwnWords:
    """A model that comments on quotes."""

    mind: Mind
    identity: Turn
    generation: Generation

    def on(self, request: str, quoted: Sequence[str]) -> str:
        """Return the sentences that the quotes support; "" for none, and where nothing is quoted."""
        if not quoted:
            return ""
        asked = "\n\n".join([request, *(f"> {one}" for one in quoted), WISH])
        pieces = self.mind.stream(
            [self.identity, Turn(Role.PERSON, asked)], replace(self.generation, max_tokens=MOST_TOKENS)
        )
        return guarded("".join(piece.text for piece in pieces), quoted).kept
