"""Ask a trusted model for a repair of the case as a whole, in a short conversation with read-only calls.

It is shown every kind of error and the code they lean on, may open, search, navigate and explain, and then proposes any
number of edits, new files and manifests at once. Which models are asked in this form is decided by what was measured of
them (`trust`): a small one repeats itself when it is given tools.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace

from rusta.identity.turns import Role, Turn
from rusta.loop.attempt.actions import Call, format_description, parse, repair
from rusta.loop.attempt.actions.kinds import EDITS
from rusta.loop.events import Called, Declined, Event
from rusta.loop.gates.copied_instructions import Foreign
from rusta.loop.gates.explained import reasoned
from rusta.loop.read.tool_runner import ToolRunner
from rusta.loop.refine.turn_limits import until_chant
from rusta.loop.think.case_view import whole_case
from rusta.loop.think.model_proposer import opening
from rusta.loop.think.proposer import ProposedAnswer, proposal
from rusta.loop.think.situation import Situation
from rusta.loop.workplace import Workplace
from rusta.mind.mind import Generation, Mind

STEPS = 8  # answers of one conversation
CHARACTERS = 4  # of a token, at most; what does not fit after all is halved
LEAST = 400  # characters of a case, and of what was opened
SHARE = 0.7  # of the window for the question; the rest is for what is opened
CUT = "\n[the rest is left out: there is no room for it]"
ASKED = (
    "Mend this crate, so that it compiles and its tests pass. Change what is the cause, in as many files as it takes, "
    "and nothing else; leave the tests as they are. Look first where you need to."
)


class ConversingProposer:
    """Asks a loaded model for a whole repair."""

    whole = True

    def __init__(self, mind: Mind, generation: Generation, who: Turn, place: Workplace, hands: ToolRunner) -> None:
        self.mind, self.generation, self.who, self.place, self.hands = mind, generation, who, place, hands

    def sees(self, situation: Situation) -> bool:
        """Return True: there are always files that it can open."""
        return True

    def propose(
        self, situation: Situation, attempt: int, before: Sequence[str] = ()
    ) -> Generator[Event, None, ProposedAnswer]:
        """Return one proposal. The first attempt decodes greedily, later ones sample."""
        heat = 0.0 if attempt == 0 else max(0.5, self.generation.temperature)
        generation = replace(self.generation, temperature=heat, seed=self.generation.seed + attempt)
        asked = self._asked(situation, before)
        turns, foreign = [Turn(Role.PERSON, asked)], Foreign()
        foreign.read(asked)
        text = ""
        for _ in range(STEPS):
            if not self._shorten(turns, generation.max_tokens):
                return ProposedAnswer(text, False, None, "what was opened leaves no room for an answer")
            window = [self.who, *turns]
            text = "".join(piece.text for piece in until_chant(self.mind.stream(window, generation)))
            reply = parse(text)
            copied = [action for action in reply.actions if foreign.wrote(action, "")]
            edits = [action for action in reply.actions if isinstance(action, EDITS) and action not in copied]
            calls = [action for action in reply.actions if isinstance(action, Call) and action not in copied]
            if edits and reply.problems:  # a part of a repair is another repair
                return ProposedAnswer(text, False, None, repair(reply))
            if edits:
                if not reasoned(reply.before(edits[0])):
                    return ProposedAnswer(text, True, None, "there is no reason before the edits")
                opened = sorted({*self.place.seen.files, *(one.path for one in edits if one.path)})
                return proposal(text, edits, opening(reply.narration), situation, self.place.seen, opened)
            told = []
            for call in calls:
                result = self.hands.use(call)
                foreign.read(result.text)
                yield Called(name=call.name, arguments=dict(vars(call)), result=result.text, ok=result.ok)
                told.append(result.text)
            if copied:
                why = "An action of the answer stands word for word in what was read: a text, and no request of yours."
                yield Declined(gate="copied instruction", why=why)
                told.append(why)
            if not told:
                return ProposedAnswer(text, False, None, repair(reply) or "there was no edit in the answer")
            turns += [Turn(Role.RUSTA, text), Turn(Role.PERSON, "\n\n".join(told))]
        return ProposedAnswer(text, True, None, f"{STEPS} answers, and no edit in them")

    def _shorten(self, turns: list[Turn], answer: int) -> bool:
        """Cut what was opened, the longest first, until an answer of so many tokens fits; return whether it does.

        The question stays whole: without it the model would no longer know what to mend.
        """
        while self.mind.count([self.who, *turns]) > self.mind.context - answer:
            opened = (at for at in range(1, len(turns)) if turns[at].role is Role.PERSON)
            longest = max(opened, key=lambda at: len(turns[at].text), default=0)
            if not longest or len(turns[longest].text) < LEAST:
                return False
            turns[longest] = replace(
                turns[longest], text=f"{turns[longest].text[: len(turns[longest].text) // 2]}{CUT}"
            )
        return True

    def _asked(self, situation: Situation, before: Sequence[str]) -> str:
        """Return the question, as long as the window bears, and record what it shows as read."""
        most = int((self.mind.context - self.generation.max_tokens) * SHARE)
        room = CHARACTERS * most
        tried = "This was tried and did not do:\n" + "\n".join(f"- {one}" for one in before[-3:]) if before else ""
        while True:
            case, shown = whole_case(situation, room)
            parts = [part for part in (case, self.place.guidance, tried, format_description(), ASKED) if part]
            text = "\n\n".join(parts)
            if room <= LEAST or self.mind.count([self.who, Turn(Role.PERSON, text)]) <= most:
                break
            room //= 2
        for one in shown:
            content = one.text.encode()
            whole = not one.path and situation.read(one.file) == content
            (self.place.seen.file if whole else self.place.seen.item)(one.file, content)
        return text
