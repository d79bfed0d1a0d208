"""Search for changes that make a crate compile and pass its tests; each hypothesis is tried in the scratch copy.

First those that need no model: the compiler's suggestions and the borrow checker fixes (`borrowck_fixes`). A change
that leaves fewer errors is built upon at once; one that trades an error for another is built upon only when nothing
simpler helps; any other is reverted. Then the model is asked, with what failed before, and its results are built upon
in the same way. cargo checks each change, and the tests check the last state; only a chain that passes both is
returned.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.attempt.scratch_copy import Scratch, ScratchChanges
from rusta.loop.events import Event, LoopStep, Narrated, Supposed, Tried
from rusta.loop.think.borrowck_fixes import from_loans
from rusta.loop.think.hypotheses import Hypothesis, from_compiler, name
from rusta.loop.think.model_proposer import Consult, involved
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies import STRATEGIES
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.libtest import Outcome
from rusta.tools.present import limit

SEARCH = 2 / 3  # share of the budget that may be used before the model is asked
DEPTH = 4  # changes built upon one another before the model is asked


@dataclass(frozen=True)
class Budget:
    """Limits of a repair: `seconds` of wall time, `checks` as runs of cargo, `answers` of the model."""

    seconds: float = 300
    checks: int = 60
    answers: int = 4


@dataclass
class Repaired:
    """The result. `chain` is what to apply to the workspace, in order; empty where nothing passed."""

    chain: list[ChainLink]
    report: CargoReport  # of the scratch copy, at the end of the chain
    why: str  # "done", "out of ideas", "out of time"
    compiles_only: list[ChainLink] = field(default_factory=list)  # a chain that ends all errors and fails a test
    failing: str = ""  # the test result of `compiles_only`


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


class RepairSearch:
    """One search. With `mind` None only hypotheses that need no model are tried."""

    def __init__(
        self, scratch: Scratch, cargo: Cargo, mind: Consult | None, budget: Budget, tests: bool = True
    ) -> None:
        self.scratch, self.cargo, self.mind, self.budget, self.tests = scratch, cargo, mind, budget, tests
        self.count = Count()
        self.seen: set[frozenset[tuple[str, bytes | None]]] = set()
        self.words: list[str] = []  # the person's reasons for refusing earlier results
        self.nearest: tuple[tuple[ChainLink, ...], str] | None = None  # compiles, and fails a test

    def refuse(self, why: str) -> None:
        """Record that the person refused the result: it is not found again, and the model is told why."""
        self.words.append(f"the person says no: {why}")

    def run(self, report: CargoReport) -> Generator[Event, None, Repaired]:
        """Search from `report`, cargo's report of the scratch copy as it is.

        Leaves the copy in the state at the end of the chain.
        """
        began = time.monotonic()
        share = SEARCH if self.mind else 1.0
        self.until, self.most = began + share * self.budget.seconds, share * self.budget.checks
        start = _State(dict(self.scratch.changed), report.errors, report, ())
        self.seen.add(frozenset(start.changes.items()))
        best = start
        found = yield from self._deepen(start, DEPTH)
        self.until, self.most = began + self.budget.seconds, self.budget.checks
        if isinstance(found, _State) and len(found.errors) < len(best.errors):
            best = found
        if not isinstance(found, Repaired) and self.mind is not None:
            found = yield from self._consult(start, best)
        if isinstance(found, Repaired):
            return found
        self.scratch.become(start.changes)
        spent = self._spent()
        nearest, failing = self.nearest or ((), "")
        return Repaired([], report, "out of time" if spent else "out of ideas", list(nearest), failing)

    def _deepen(self, state: _State, depth: int) -> Generator[Event, None, "Repaired | _State | None"]:
        """Try the hypotheses that need no model, from this state.

        Returns a `Repaired` that ends the search, or the best state that was reached, or None.
        """
        if not depth:
            return None
        best: _State | None = None
        traded: list[_State] = []  # errors traded for others: built upon only when nothing simpler helps
        self.scratch.become(state.changes)
        for hypothesis in self._hypotheses(state):
            if self._spent():
                break
            after = yield from self._try(state, hypothesis)
            if after is None:
                continue
            if not after.errors:
                passed = yield from self._pass(after)
                if passed:
                    return passed
                continue
            if best is None or len(after.errors) < len(best.errors):
                best = after
            if len(after.errors) >= len(state.errors):
                traded.append(after)
                continue
            found = yield from self._deepen(after, depth - 1)
            if isinstance(found, Repaired):
                return found
            if found and len(found.errors) < len(best.errors):
                best = found
        for after in sorted(traded, key=lambda one: len(one.errors)):
            found = yield from self._deepen(after, depth - 1)
            if isinstance(found, Repaired):
                return found
            if found and best and len(found.errors) < len(best.errors):
                best = found
        return best

    def _hypotheses(self, state: _State) -> list[Hypothesis]:
        """Return what needs no model: rustc's suggestions, then the known repairs, the cheapest first."""
        read = self.scratch.read
        situation = Situation(state.errors, read, self.scratch.sources(), self.scratch.root)
        known = [*from_loans(state.errors, read), *(one for strategy in STRATEGIES for one in strategy(situation))]
        return [*from_compiler(state.errors, read), *sorted(known, key=lambda one: one.cost)]

    def _consult(self, start: _State, best: _State) -> Generator[Event, None, "Repaired | None"]:
        """Try the model's proposals, from the best state reached and from the start."""
        assert self.mind is not None
        before = list(self.words)
        state = best
        first = self.count.answers  # attempt numbers go on, so that earlier answers are not repeated
        for attempt in range(first, first + self.budget.answers):
            if self._spent() or not state.errors:
                break
            self.scratch.become(state.changes)
            if not involved(state.errors[0], self.scratch.read):
                yield Narrated(
                    LoopStep.THINK, f"{name(state.errors[0])}: there is no code of yours that I could write anew"
                )
                break
            nth = f"answer {attempt - first + 1} of at most {self.budget.answers}"
            yield Narrated(LoopStep.THINK, f"how would I end {state.errors[0].code or 'this'} myself? ({nth})")
            answer = self.mind.ask(state.errors, self.scratch.read, attempt, before)
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
                found = yield from self._deepen(after, 2)
                if isinstance(found, Repaired):
                    return found
                state = found if found and len(found.errors) < len(after.errors) else after
                before = list(self.words)
            if attempt - first + 2 == self.budget.answers:
                state, before = start, list(self.words)  # the last attempt starts over from the original state
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
        self.count.tried += 1
        number = self.count.tried
        self.scratch.become(state.changes)
        yield Supposed(
            number, hypothesis.source, hypothesis.reason, hypothesis.trade_off, list(hypothesis.aims),
            self.scratch.difference(hypothesis.changes),
        )  # fmt: skip
        self.scratch.become(changes)
        began = time.monotonic()
        report = self.cargo.check(all_targets=True)
        self.count.checks += 1
        errors = report.errors
        if not (errors or report.ok):  # stopped at a limit, or never started: no errors does not mean success
            self.last = f"{hypothesis.reason}: then cargo does not come to a judgement"
            yield Narrated(LoopStep.TRY, "cargo does not come to a judgement")
            return None
        was, now = _names(state.errors), _names(errors)
        fixed, new = _without(was, now), _without(now, was)
        predicted = all(aim in fixed for aim in hypothesis.aims) and not new
        yield Tried(number, fixed, new, len(errors), predicted, None, time.monotonic() - began)
        # Ending the only error is progress even if it uncovers others that it hid.
        progress = not errors or (
            fixed and (len(errors) < len(state.errors) or (len(was) == 1 and not _same_place(state, errors)))
        )
        if not progress:
            self.last = f"{hypothesis.reason}: then {errors[0].code or 'error'}, {errors[0].message.splitlines()[0]}"
            return None
        link = ChainLink(hypothesis, changes, was, now)
        return _State(changes, errors, report, (*state.chain, link))

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
        self.nearest = self.nearest or (state.chain, said)
        return None

    def _spent(self) -> bool:
        return time.monotonic() > self.until or self.count.checks >= self.most

    last = ""


def test_summary(report: CargoReport) -> str:
    """Return a short summary of a test run."""
    failed = [test.name for test in report.failures]
    if report.stopped:
        hanging = f"{', '.join(failed[:3])} had not come back; " if failed else ""
        return f"{hanging}stopped {limit(report)}"
    if failed:
        return f"{len(failed)} failed: {', '.join(failed[:3])}"
    passed = sum(test.outcome is Outcome.passed for test in report.tests)
    return f"{passed} passed" if report.ok else "the tests did not run to their end"


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
    """Return whether one of these errors is on the line of the single error of `state`."""
    was = state.errors[0].primary
    return any(one.primary and was and (one.primary.path, one.primary.line) == (was.path, was.line) for one in errors)
