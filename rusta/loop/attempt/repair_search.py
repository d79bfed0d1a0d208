"""Search for changes that make a crate compile and pass its tests; each hypothesis is tried in the scratch copy.

A state is the workspace with some changes; cargo says which errors it has. The state that is nearest to a program
(`phases.distance`) is worked on first, with rustc's suggestions and the known repairs (`strategies`), the cheapest
first. A change that brings it nearer is a new state; one that ends its error for another is a new state that is worked
on when nothing simpler is left; any other is reverted. Then the model is asked, with what failed before, and its
results are built upon in the same way. Tests judge every state that compiles; only a chain that passes both is
returned, and beside it the nearest state that was found.
"""

import heapq
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rusta.core.output import many
from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.attempt.scratch_copy import Scratch, ScratchChanges
from rusta.loop.events import Declined, Event, LoopStep, Narrated, Supposed, Tried
from rusta.loop.think.hypotheses import Cost, Hypothesis, from_compiler, name
from rusta.loop.think.proposer import Proposer
from rusta.loop.think.situation import Situation, Strategy
from rusta.loop.think.strategies import STRATEGIES
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.dependencies import Unfetched, Unlocked
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.libtest import Outcome
from rusta.tools.phases import distance, uncovers
from rusta.tools.present import limit
from rusta.tools.repair_limits import overstepped
from rusta.upgrade.rules import ProvedReplacement

TRADES = 3  # changes of a chain that only traded an error for another
LONGEST = 16  # changes of a chain
AFTER_ANSWER = 12  # runs of cargo for what follows from one answer of the model


@dataclass(frozen=True)
class Budget:
    """Limits of a repair: `seconds` of wall time, `checks` as runs of cargo, `answers` of the model.

    `search` is the share of seconds and checks that may be used before the model is asked; 0 asks it at once.
    """

    seconds: float = 300
    checks: int = 120
    answers: int = 4
    search: float = 2 / 3


@dataclass
class Repaired:
    """The result. `chain` is what to apply to the workspace, in order; empty where nothing passed."""

    chain: list[ChainLink]
    report: CargoReport  # of the scratch copy, at the end of the chain
    why: str  # "done", "out of ideas", "out of time"
    nearest: list[ChainLink] = field(default_factory=list)  # a chain that comes near and does not pass
    wrong: str = ""  # what is still wrong with `nearest`


@dataclass
class Count:
    """What was spent, for the log and the benchmark."""

    checks: int = 0
    tried: int = 0
    answers: int = 0
    well_formed: int = 0


@dataclass(frozen=True)
class _State:
    """A node of the search."""

    changes: ScratchChanges
    errors: tuple[Diagnostic, ...]
    report: CargoReport
    chain: tuple[ChainLink, ...]
    trades: int = 0  # links that only traded an error for another
    uncovered: int = 0  # links after which a library compiles, and what is built upon it is judged

    @property
    def order(self) -> tuple[int, ...]:
        """The sort key: states without trades first, then the nearest to a program, then the cheapest."""
        cost = sum(link.hypothesis.cost for link in self.chain)
        return (self.trades, -self.uncovered, *distance(self.errors), cost, len(self.chain))


class RepairSearch:
    """One search. With `mind` None only hypotheses that need no model are tried."""

    def __init__(
        self, scratch: Scratch, cargo: Cargo, mind: Proposer | None, budget: Budget, tests: bool = True,
        strategies: Sequence[Strategy] = STRATEGIES, moved: Mapping[str, str] | None = None,
        proved: Sequence[ProvedReplacement] = (),
    ) -> None:  # fmt: skip
        self.strategies, self.moved, self.proved = strategies, moved or {}, proved
        self.scratch, self.cargo, self.mind, self.budget, self.tests = scratch, cargo, mind, budget, tests
        self.count = Count()
        self.seen: set[frozenset[tuple[str, bytes | None]]] = set()
        self.vain: set[tuple[object, ...]] = set()  # edits that were no progress in some state
        self.words: list[str] = []  # the person's reasons for refusing earlier results
        self.last = ""  # why the last hypothesis was not kept, for the model
        self.best: _State | None = None  # the nearest state with errors
        self.compiled: tuple[tuple[ChainLink, ...], str] | None = None  # the first that compiles and fails a test

    def refuse(self, why: str) -> None:
        """Record that the person refused the result: it is not found again, and the model is told why."""
        self.words.append(f"the person says no: {why}")

    def run(self, report: CargoReport) -> Generator[Event, None, Repaired]:
        """Search from `report`, cargo's report of the scratch copy as it is.

        Leaves the copy in the state at the end of the chain.
        """
        began = time.monotonic()
        share = self.budget.search if self.mind else 1.0
        self.until, self.most = began + share * self.budget.seconds, self.count.checks + share * self.budget.checks
        start = _State(dict(self.scratch.changed), report.errors, report, ())
        self.seen.add(frozenset(start.changes.items()))
        self.best = start
        found = yield from self._explore([start])
        self.until, self.most = began + self.budget.seconds, self.most + (1 - share) * self.budget.checks
        if found is None and self.mind is not None:
            found = yield from self._consult(self.mind, start)
        if found is not None:
            return found
        self.scratch.become(start.changes)
        return Repaired([], report, "out of time" if self._spent() else "out of ideas", *self._nearest(start))

    def _explore(self, states: Sequence[_State], checks: int | None = None) -> Generator[Event, None, Repaired | None]:
        """Work on the nearest state until one passes, nothing is left, or the budget (or `checks`) is spent."""
        most = self.most if checks is None else min(self.most, self.count.checks + checks)
        heap = [(state.order, number, state) for number, state in enumerate(states)]
        todo: dict[int, Iterator[Hypothesis]] = {}
        number = len(heap)
        while heap and not self._spent() and self.count.checks < most:
            _, at, state = heap[0]
            if at not in todo:
                todo[at] = yield from self._hypotheses(state)
            hypothesis = next(todo[at], None)
            if hypothesis is None:
                heapq.heappop(heap)
                continue
            after = yield from self._try(state, hypothesis)
            if after is None:
                continue
            if not after.errors:
                passed = yield from self._pass(after)
                if passed:
                    return passed
            elif after.trades <= TRADES and len(after.chain) < LONGEST:
                heapq.heappush(heap, (after.order, number, after))
                number += 1
        return None

    def _situation(self, state: _State) -> Situation:
        """Return what strategies and the model are shown; the copy is in this state from then on."""
        self.scratch.become(state.changes)
        return Situation(
            state.errors, self.scratch.read, self.scratch.sources(), self.scratch.root, self.moved, self.proved
        )

    def _hypotheses(self, state: _State) -> Generator[Event, None, Iterator[Hypothesis]]:
        """Return what needs no model: known repairs that cost nothing, rustc's suggestions, then others by their cost.

        All are made before the first is tried, while the copy is in this state. An edit that was no progress in another
        state comes last: most often a mend elsewhere makes no difference to it. A rule that fails on code that its author
        did not think of is told and passed over.
        """
        situation = self._situation(state)
        known: list[Hypothesis] = []
        for strategy in self.strategies:
            try:
                known += strategy(situation)
            except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
                yield Narrated(
                    LoopStep.THINK, f"a rule of mine failed ({strategy.__name__}): {type(error).__name__}: {error}"
                )
        free = [one for one in known if one.cost is Cost.NONE]
        costly = sorted((one for one in known if one.cost is not Cost.NONE), key=lambda one: one.cost)
        every = [*free, *from_compiler(state.errors, situation.read), *costly]
        return iter(sorted(every, key=lambda one: self._edit(state, one) in self.vain) if self.vain else every)

    def _edit(self, state: _State, hypothesis: Hypothesis) -> tuple[object, ...]:
        """Return what a hypothesis changes in a state, apart from where in its files."""
        parts = []
        for path, new in sorted(hypothesis.changes.items()):
            old = state.changes[path] if path in state.changes else self.scratch.synced(path)
            parts.append((path, *_differing(old or b"", new or b"")))
        return (hypothesis.reason, hypothesis.aims, *parts)

    def _consult(self, mind: Proposer, start: _State) -> Generator[Event, None, Repaired | None]:
        """Try the model's proposals, from the nearest state and, at the last attempt, from the start."""
        before = list(self.words)
        state = start if mind.whole else self.best or start
        first = self.count.answers  # attempt numbers go on, so that earlier answers are not repeated
        for attempt in range(first, first + self.budget.answers):
            if self._spent():
                break
            situation = self._situation(state)
            if not mind.sees(situation):
                yield Narrated(
                    LoopStep.THINK, f"{name(state.errors[0])}: there is no code of yours that I could write anew"
                )
                break
            nth = f"answer {attempt - first + 1} of at most {self.budget.answers}"
            yield Narrated(LoopStep.THINK, f"how would I end {state.errors[0].code or 'this'} myself? ({nth})")
            answer = yield from mind.propose(situation, attempt, before)
            self.count.answers += 1
            self.count.well_formed += answer.well_formed
            if answer.hypothesis is None:
                yield Narrated(LoopStep.THINK, f"no answer that I could use: {answer.problem.splitlines()[0]}")
                before.append(answer.problem)
                continue
            after = yield from self._try(state, answer.hypothesis)
            if after is None:
                before.append(self.last)
            elif not after.errors:
                passed = yield from self._pass(after)
                if passed:
                    return passed
                before.append(f"{answer.hypothesis.reason}: then it compiles, and of the tests {self.last}")
                state = start
            else:
                found = yield from self._explore([after], AFTER_ANSWER)
                if found:
                    return found
                nearer = self.best is not None and self.best.chain[: len(after.chain)] == after.chain
                state = self.best if nearer and self.best else after
                before = list(self.words)
            if mind.whole or attempt - first + 2 == self.budget.answers:
                state, before = start, [*self.words, *(before if mind.whole else ())]  # the last starts over
        return None

    def _try(self, state: _State, hypothesis: Hypothesis) -> Generator[Event, None, _State | None]:
        """Return the state that a hypothesis leads to, or None where that is no progress."""
        changes = self.scratch.differing({**state.changes, **hypothesis.changes})
        key = frozenset(changes.items())
        if key in self.seen:
            self.last = f"{hypothesis.reason}: the same as before"
            if hypothesis.source == "mind":
                yield Narrated(LoopStep.THINK, "the same answer as before")
            return None
        self.seen.add(key)
        if why := self._overstepped(state, hypothesis, changes):
            self.last = f"{hypothesis.reason}: it {why}, and a repair does not"
            if hypothesis.source == "mind":
                yield Declined(gate="repair limits", why=f"The answer {why}. A repair does not.")
            return None
        self.count.tried += 1
        number = self.count.tried
        self.scratch.become(state.changes)
        yield Supposed(
            number, hypothesis.source, hypothesis.reason, hypothesis.trade_off, list(hypothesis.aims),
            self.scratch.difference(hypothesis.changes),
        )  # fmt: skip
        self.scratch.become(changes)
        began = time.monotonic()
        self.count.checks += 1
        try:
            report = self.cargo.check(all_targets=True)
        except (Unfetched, Unlocked) as missing:  # a changed manifest asks for what is not on this machine
            self.last = f"{hypothesis.reason}: {missing}"
            yield Narrated(LoopStep.TRY, str(missing))
            return None
        errors = report.errors
        if not (errors or report.ok):  # stopped at a limit, or never started: no errors does not mean success
            self.last = f"{hypothesis.reason}: then cargo does not come to a judgement"
            yield Narrated(LoopStep.TRY, "cargo does not come to a judgement")
            return None
        was, now = _names(state.errors), _names(errors)
        fixed, new = _without(was, now), _without(now, was)
        ended = all(aim in fixed for aim in hypothesis.aims)
        yield Tried(number, fixed, new, len(errors), ended and not new, None, time.monotonic() - began)
        uncovered = ended and uncovers(state.errors, errors)
        # Of several suggestions at once each has to do what it says; a rule's change may leave one error for the next.
        whole = ended or hypothesis.source != "compiler" or len(hypothesis.aims) < 2
        nearer = uncovered or (whole and distance(errors) < distance(state.errors))
        traded = bool(fixed) and ended and not nearer and not (len(was) == 1 and _same_place(state, errors))
        if not (nearer or traded):
            self.vain.add(self._edit(state, hypothesis))
            self.last = f"{hypothesis.reason}: then {errors[0].code or 'error'}, {errors[0].message.splitlines()[0]}"
            return None
        link = ChainLink(hypothesis, changes, was, now)
        after = _State(
            changes, errors, report, (*state.chain, link), state.trades + traded, state.uncovered + uncovered
        )
        if errors and self.best and after.order < self.best.order:
            self.best = after
        return after

    def _overstepped(self, state: _State, hypothesis: Hypothesis, changes: ScratchChanges) -> str:
        """Return which limit of a repair a change crosses; of an upgrade, each change by itself."""
        if not self.moved:
            return overstepped(changes, self.scratch.synced)

        def before(path: str) -> bytes | None:
            return state.changes[path] if path in state.changes else self.scratch.synced(path)

        return overstepped(changes, before, upgrade=hypothesis.source != "mind")

    def _pass(self, state: _State) -> Generator[Event, None, Repaired | None]:
        """Run the tests on a state that compiles; return a `Repaired` if they pass."""
        if not self.tests:
            return Repaired(list(state.chain), state.report, "done")
        self.scratch.become(state.changes)
        began = time.monotonic()
        report = self.cargo.test()
        self.count.checks += 1
        self.last = said = test_summary(report)
        yield Tried(self.count.tried, [], [], 0, report.ok, said, time.monotonic() - began)
        if report.ok:
            return Repaired(list(state.chain), report, "done")
        self.compiled = self.compiled or (state.chain, said)
        return None

    def _nearest(self, start: _State) -> tuple[list[ChainLink], str]:
        """Return the chain that came nearest without passing, and what is still wrong with it."""
        if self.compiled:
            return list(self.compiled[0]), f"It compiles, and of the tests {self.compiled[1]}: I don't believe it"
        if self.best is None or self.best.chain == start.chain:
            return [], ""
        left = self.best.errors
        return list(self.best.chain), f"It is not the whole repair: {many(len(left), 'error')} left, {name(left[0])}"

    def _spent(self) -> bool:
        return time.monotonic() > self.until or self.count.checks >= self.most


def test_summary(report: CargoReport) -> str:
    """Return a short summary of a test run."""
    failed = [test.name for test in report.failures]
    if report.stopped:
        hanging = f"{', '.join(failed[:3])} had not come back; " if failed else ""
        return f"{hanging}stopped {limit(report)}"
    if failed:
        return f"{len(failed)} failed: {', '.join(failed[:3])}"
    if report.ok and report.aside and not report.tests:
        return "none can be built here"
    passed = sum(test.outcome is Outcome.passed for test in report.tests)
    return f"{passed} passed" if report.ok else "the tests did not run to their end"


def _differing(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Return two texts without the beginning and the end that they share."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    return old[start : len(old) - end], new[start : len(new) - end]


def _shared(one: bytes, other: bytes) -> int:
    """Return the length of the beginning that two texts share."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if one[least:middle] == other[least:middle] else (least, middle - 1)
    return least


def _names(errors: Sequence[Diagnostic]) -> tuple[str, ...]:
    return tuple(name(error) for error in errors)


def _without(these: Sequence[str], those: Sequence[str]) -> list[str]:
    """Return the elements that occur in `these` more often than in `those`."""
    left = list(those)
    kept = []
    for one in these:
        if one in left:
            left.remove(one)
        else:
            kept.append(one)
    return kept


def _same_place(state: _State, errors: Sequence[Diagnostic]) -> bool:
    """Return whether one of these errors has the code, and is on the line, of the single error of `state`."""
    first = state.errors[0]
    was = (first.code, first.primary.path, first.primary.line) if first.primary else None
    return any(one.primary and (one.code, one.primary.path, one.primary.line) == was for one in errors)
