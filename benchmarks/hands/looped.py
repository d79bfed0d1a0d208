"""Her loop as one of the arms: a crate in, mended where it lies, and what it took. Nobody listens, so she says nothing."""

import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.hands.arms import Outcome
from rusta.loop.attempt.repair_search import Budget
from rusta.loop.attempt.repair_session import RepairSession
from rusta.loop.events import Event
from rusta.loop.gates.permissions import Approve
from rusta.loop.think.model_proposer import Consult
from rusta.loop.workplace import Workplace
from rusta.mind.mind import Generation, Mind
from rusta.tools.sandbox import Limits, Sandbox

Result = TypeVar("Result")
TOKENS = 320  # of one answer
ANSWERS = 2  # of a mind this small; more of the same does not help it


@dataclass
class Looped:
    """Read, Think, Try, Refine, with everything allowed. A home of its own for each crate: nothing is carried over.

    Without a `mind` it is the search alone: what the same loop mends before anybody is asked.
    """

    mind: Mind | None
    sandbox: Sandbox
    target: Path
    state: str
    name: str = "rusta"

    def repair(self, crate: Path, seconds: float) -> Outcome:
        """Mend the crate."""
        consult = Consult(self.mind, Generation(max_tokens=TOKENS, repetition_penalty=1.0)) if self.mind else None
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as home:
            limits = Limits(seconds=min(120, seconds))
            place = Workplace.open(crate, Path(home), self.sandbox, limits, Approve.all, None, "bench")
            with place.history:
                place.scratch.target = place.trial.target = self.target
                place.scratch.sync()
                word = round(time.perf_counter() - began, 3)  # here the agent says that it asks the compiler
                report = place.trial.check(all_targets=True)
                if not report.errors:  # it compiles, and a test fails: nothing here goes by that alone
                    return Outcome(1, note="no error to end", first_word=word)
                ended = result_of(RepairSession(place, consult, Budget(seconds=seconds, answers=ANSWERS)).run(report))
        count = ended.count
        note = "" if ended.made else "open"
        return Outcome(count.checks + count.answers, count.answers, count.well_formed, note, word)


def result_of(events: Generator[Event, None, Result], told: Callable[[Event], None] = lambda one: None) -> Result:
    """Return what a stream of events comes to; `told` hears of each."""
    while True:
        try:
            told(next(events))
        except StopIteration as stop:
            return stop.value
