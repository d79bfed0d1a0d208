"""What the model proposes: the form of a proposal, and the gates that turn an answer's edits into a hypothesis."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rusta.loop.attempt.actions import Edit, SearchReplace
from rusta.loop.attempt.edits import Unchanged, apply_all
from rusta.loop.events import Event
from rusta.loop.gates.copied_instructions import dictated
from rusta.loop.gates.explained import odd
from rusta.loop.think.hypotheses import Hypothesis, name, price
from rusta.loop.think.situation import Situation
from rusta.loop.workplace import Seen


@dataclass(frozen=True)
class ProposedAnswer:
    """The model's answer, and the hypothesis made from it, or why there is none."""

    text: str
    well_formed: bool
    hypothesis: Hypothesis | None
    problem: str = ""


class Proposer(Protocol):
    """Asks a model for a repair."""

    whole: bool  # whether it takes the case as a whole, from the workspace as it is

    def sees(self, situation: Situation) -> bool:
        """Return whether there is code that the model could be shown."""
        ...

    def propose(
        self, situation: Situation, attempt: int, before: Sequence[str]
    ) -> Generator[Event, None, ProposedAnswer]:
        """Return one proposal. `before` are the results of earlier ones, the latest last."""
        ...


def proposal(
    text: str, edits: Sequence[Edit], reason: str, situation: Situation, seen: Seen, opened: Sequence[str]
) -> ProposedAnswer:
    """Return what the edits of an answer come to: each has to apply, to touch only what was seen, and to be explained.

    `opened` are the files in which an edit is looked for that names none.
    """
    read, error = situation.read, situation.errors[0]
    codes = [one.replace if isinstance(one, SearchReplace) else one.code for one in edits]
    if any(dictated(code, one) for code in codes if code.strip() for one in situation.errors):
        return ProposedAnswer(
            text, True, None, "the answer stands word for word in what the compiler was made to print"
        )
    applied = apply_all(edits, read, opened)
    unchanged = all(isinstance(why, Unchanged) for _, why in applied.failed)
    if not applied.changes or (len(edits) > 1 and not unchanged):  # a part of a repair is another repair
        return ProposedAnswer(text, unchanged, None, applied.repair)
    changes: dict[str, bytes | None] = dict(applied.changes)
    if all(read(path) == content for path, content in changes.items()):
        return ProposedAnswer(text, True, None, "the answer is what was there before")
    for path, content in changes.items():
        if unread := seen.unread(path, read(path), content):
            return ProposedAnswer(text, True, None, f"the answer changes {unread}, which was not shown")
        if why := odd(_text(content), _text(read(path))):
            return ProposedAnswer(text, True, None, f"there is {why} in the answer, and no comment beside it says why")
    return ProposedAnswer(text, True, Hypothesis("mind", reason, price(changes, read), changes, (name(error),)))


def _text(source: bytes | None) -> str:
    return (source or b"").decode("utf-8", "replace")
