"""An answer taken apart: what she says, what she does, and what could not be read, in the order it came."""

from dataclasses import dataclass
from enum import StrEnum

from rusta.loop.attempt.actions.kinds import EDITS, Action, Call


class Trouble(StrEnum):
    """What is wrong with something that looks like an action."""

    MALFORMED = "malformed"  # the form is right, and what it says cannot be
    UNREADABLE = "unreadable"  # a call that is no JSON, marks that do not pair
    CUT = "cut"  # the answer ends before the action does


@dataclass(frozen=True)
class ReplyProblem:
    """An action that is none. `sentence` is for her: what is wrong and what would be right."""

    trouble: Trouble
    sentence: str
    excerpt: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer taken apart, in order: what she says, what she does, and what could not be read."""

    parts: tuple["str | Action | ReplyProblem", ...] = ()

    @property
    def narration(self) -> str:
        """What she says, without what she does."""
        return "\n\n".join(part for part in self.parts if isinstance(part, str))

    @property
    def actions(self) -> tuple[Action, ...]:
        """What she does."""
        return tuple(part for part in self.parts if isinstance(part, (Call, *EDITS)))

    @property
    def problems(self) -> tuple[ReplyProblem, ...]:
        """What looked like an action and was none."""
        return tuple(part for part in self.parts if isinstance(part, ReplyProblem))

    def before(self, action: Action) -> str:
        """What she said before an action: its reason."""
        said: list[str] = []
        for part in self.parts:
            if part is action:
                break
            if isinstance(part, str):
                said.append(part)
        return "\n\n".join(said)


def repair(reply: Reply) -> str:
    """What to answer her about the problems of a reply, "" when there are none."""
    if not reply.problems:
        return ""
    said = ["I could not read all of that as an action.", *(f"- {problem.sentence}" for problem in reply.problems)]
    if reply.actions:
        said.append(f"What else was in that answer ({len(reply.actions)}) was taken. Do not send it again.")
    return "\n".join(said)
