"""Chat turns: the one representation of messages that all modules use."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The three roles of a conversation, spelled as in chat templates."""

    SYSTEM = "system"
    PERSON = "user"
    RUSTA = "assistant"


@dataclass(frozen=True)
class Turn:
    """One message of a conversation."""

    role: Role
    text: str

    def as_message(self) -> dict[str, str]:
        """Return the turn as a dict for chat templates and OpenAI-compatible servers."""
        return {"role": self.role.value, "content": self.text}
