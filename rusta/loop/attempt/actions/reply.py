"""A parsed answer: narration, actions, and what could not be parsed, in order."""

from dataclasses import dataclass
from enum import StrEnum

from rusta.loop.attempt.actions.kinds import EDITS, Action, Call


class Trouble(StrEnum):
    """What is wrong with something that looks like an action."""

    MALFORMED = "malformed"  # the form is right, the content is invalid
    UNREADABLE = "unreadable"  # a call that is not JSON, markers that do not pair
    CUT = "cut"  # the answer ends before the action does


@dataclass(frozen=True)
class ReplyProblem:
    """An invalid action. `sentence` is for the model: what is wrong and what would be right."""

    trouble: Trouble
    sentence: str
    excerpt: str = ""


@dataclass(frozen=True)
class Reply:
    """A parsed answer: `parts` are narration, actions and problems, in order."""

    parts: tuple["str | Action | ReplyProblem", ...] = ()

    @property
    def narration(self) -> str:
        """The text without actions."""
        return "\n\n".join(part for part in self.parts if isinstance(part, str))

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions, in order."""
        return tuple(part for part in self.parts if isinstance(part, (Call, *EDITS)))

    @property
    def problems(self) -> tuple[ReplyProblem, ...]:
        """What looked like an action and was invalid."""
        return tuple(part for part in self.parts if isinstance(part, ReplyProblem))

    def before(self, action: Action) -> str:
        """Return the narration before an action, which is its reason."""
        said: list[str] = []
        for part in self.parts:
            if part is action:
                break
            if isinstance(part, str):
                said.append(part)
        return "\n\n".join(said)


def repair(reply: Reply) -> str:
    """Return the message for the model about the problems of a reply, "" if there are none."""
    if not reply.problems:
        return ""
    said = ["I could not read all of that as an action.", *(f"- {problem.sentence}" for problem in reply.problems)]
    if reply.actions:
        said.append(f"What else was in that answer ({len(reply.actions)}) was taken. Do not send it again.")
    return "\n".join(said)
