"""Ask the model for a fix when nothing else helps: one item, one error, one answer.

A small model loses track in a long prompt, and does best with whole text (aider's leaderboard: whole 16.4 % against
diff 8.0 % for this family). So the prompt has the first error as the compiler renders it, the item that contains it,
and the items that the compiler points to; the answer is one whole item. A later attempt asks for another of them, since
what has to change may be the definition and not its use. Without a constraint the stand-in model often explains and
writes no code, so an engine that supports it is constrained by a grammar.
"""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace

from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.loop.attempt.actions import Malformed, ReplaceItem, grammar, parse, repair
from rusta.loop.attempt.actions.grammar import ITEM
from rusta.loop.attempt.actions.kinds import EDITS
from rusta.loop.events import Event
from rusta.loop.refine.turn_limits import until_chant
from rusta.loop.think.case_view import ShownItem, involved, question
from rusta.loop.think.hypotheses import name
from rusta.loop.think.proposer import ProposedAnswer, proposal
from rusta.loop.think.situation import Situation
from rusta.loop.workplace import Seen
from rusta.mind.mind import Constraint, Generation, Mind
from rusta.tools import items

BLOCK = re.compile(r"```(?:rust|rs)?[^\n]{0,200}\n(?P<code>.*?)(?:\n```|\Z)", re.DOTALL)
SENTENCES = 3  # lines, of at most 160 letters, before the code
ROOM = 20  # lines that the new item may have beyond twice the old one's


class Consult:
    """Asks a loaded model for one item."""

    whole = False

    def __init__(self, mind: Mind, generation: Generation, who: Turn = NAME) -> None:
        self.mind, self.generation, self.who = mind, generation, who

    def sees(self, situation: Situation) -> bool:
        """Return whether the first error is in code that can be shown."""
        return bool(involved(situation.errors[0], situation.read))

    def propose(
        self, situation: Situation, attempt: int, before: Sequence[str] = ()
    ) -> Generator[Event, None, ProposedAnswer]:
        """Return one hypothesis for the first error. The first attempt decodes greedily, later ones sample."""
        yield from ()
        error = situation.errors[0]
        shown = involved(error, situation.read)
        if not shown:
            return ProposedAnswer("", False, None, f"the compiler names no place in the workspace for {name(error)}")
        wanted = shown[_turn(attempt, shown)]
        heat = 0.0 if attempt == 0 else max(0.5, self.generation.temperature)
        generation = replace(self.generation, temperature=heat, seed=self.generation.seed + attempt)
        turns = [self.who, Turn(Role.PERSON, question(error, shown, before, wanted))]
        constraint = form(wanted) if self.mind.constrains else None
        text = "".join(piece.text for piece in until_chant(self.mind.stream(turns, generation, constraint)))
        return self._understood(text, wanted, shown, situation)

    def _understood(
        self, text: str, asked: ShownItem, shown: Sequence[ShownItem], situation: Situation
    ) -> ProposedAnswer:
        reply = parse(text)
        wanted = [action for action in reply.actions if isinstance(action, EDITS)]
        if not wanted and asked.path and (block := BLOCK.search(text)):
            try:
                wanted = [ReplaceItem(asked.path, block["code"], asked.file)]
            except Malformed as problem:
                return ProposedAnswer(text, False, None, str(problem))
        if not wanted:
            return ProposedAnswer(text, False, None, repair(reply) or "there was no code in the answer")
        wanted = [
            replace(one, code=lone(one.code, one.item)) if isinstance(one, ReplaceItem) else one for one in wanted
        ]
        seen = Seen()
        for one in shown:
            seen.item(one.file, one.text.encode())
        reason = opening(reply.narration) or f"to end {name(situation.errors[0])}"
        return proposal(text, wanted, reason, situation, seen, [one.file for one in shown])


def lone(code: str, path: str) -> str:
    """Return the item at `path` alone, if it occurs exactly once in the code; else all of the code."""
    source = code.encode()
    found = [one for one in items.items(source) if path in (one.path, one.name) or path.endswith(f"::{one.name}")]
    return source[found[0].start : found[0].end].decode() if len(found) == 1 else code


def opening(narration: str, most: int = 300) -> str:
    """Return the first sentences of a text, whole ones where they fit into `most` characters."""
    said = " ".join(narration.split())
    kept = ""
    for sentence in re.split(r"(?<=[.!?])\s+", said):
        if kept and len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= most else kept[:most].rsplit(" ", 1)[0] + " …"


def form(asked: ShownItem) -> Constraint | None:
    """Return the grammar for a few sentences and then the requested item; None for lines that are not an item."""
    if not asked.path:
        return None
    room = 2 * asked.text.count("\n") + ROOM
    return grammar((ITEM,), [(asked.path, asked.file)], [asked.file], lines=room, sentences=SENTENCES)


def _turn(attempt: int, shown: Sequence[ShownItem]) -> int:
    """Return which of the shown items is asked for: the first twice, then another that is an item, then the first."""
    others = [n for n, one in enumerate(shown) if n and one.path]
    return others[0] if attempt == 2 and others else 0
