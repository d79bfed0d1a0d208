"""Who said what: the one shape in which speech travels through her."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The three voices of a conversation, spelled as chat templates spell them."""

    SYSTEM = "system"
    PERSON = "user"
    RUSTA = "assistant"


@dataclass(frozen=True)
class Turn:
    """One thing said by one voice."""

    role: Role
    text: str

    def as_message(self) -> dict[str, str]:
        """The turn as chat templates and OpenAI-compatible servers want it."""
        return {"role": self.role.value, "content": self.text}
