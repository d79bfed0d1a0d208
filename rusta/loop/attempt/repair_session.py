"""Repair what does not compile: search in the scratch copy, apply the chain that passed, keep the lesson."""

import difflib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from rusta.loop.attempt.commit_chain import ChainLink, prices, reasons
from rusta.loop.attempt.repair_search import Budget, Count, Repaired, RepairSearch
from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.attempt.workspace_writer import into_workspace, proposed
from rusta.loop.events import Declined, Event, Learned, LoopStep, Narrated
from rusta.loop.gates.asked_alone import asked_alone
from rusta.loop.gates.foreign_suggestions import doubt
from rusta.loop.gates.permissions import Deed, PersonAnswer
from rusta.loop.read.turn_memory import Lesson, TurnMemory
from rusta.loop.think.hypotheses import name
from rusta.loop.think.proposer import Proposer
from rusta.loop.workplace import Workplace
from rusta.tools import items
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Level

SECOND_THOUGHTS = 2  # further searches after a refusal that gives a reason


@dataclass(frozen=True)
class Mended:
    """The result: the links that passed (none: nothing did), whether they are in the workspace, and what was spent."""

    chain: tuple[ChainLink, ...]
    made: bool
    count: Count


@dataclass
class RepairSession:
    """The part of the loop that repairs errors. With `consult` None only hypotheses that need no model are tried."""

    place: Workplace
    consult: Proposer | None
    budget: Budget
    memory: TurnMemory | None = None

    def run(self, report: CargoReport) -> Generator[Event, None, Mended]:
        """Run the steps Think, Try and Refine, from cargo's report of the workspace."""
        tests = self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox")
        if not tests.yes:
            why = tests.why.rstrip(".") or "you said no"
            yield Declined(gate="permission", why=f"I leave the tests alone: {why}. Then compiling is all I can prove.")
        item = self._item(report)  # before any edit moves the span
        repair = RepairSearch(self.place.scratch, self.place.trial, self.consult, self.budget, tests.yes)
        ended = yield from repair.run(report)
        if not ended.chain:
            yield from self._open(ended, repair.count)
            return Mended((), False, repair.count)
        before, said = yield from self._offered(ended.chain)
        for _ in range(SECOND_THOUGHTS if said.why and self.place.permissions.ask else 0):
            repair.refuse(said.why)
            again = yield from repair.run(report)
            if not again.chain:
                break
            ended = again
            before, said = yield from self._offered(ended.chain)
            if said.yes or not said.why:
                break
        made = said.yes
        if made:
            yield from self._linted(ended.chain, before)
            yield from self._learn(ended, report, repair.count, item)
        return Mended(tuple(ended.chain), made, repair.count)

    def _offered(self, chain: list[ChainLink]) -> Generator[Event, None, tuple[ScratchChanges, PersonAnswer]]:
        """Offer the chain, formatted by rustfmt; return the files as they were, and the answer.

        The answer is yes if the chain is in the workspace now. Formatting changes no check result.
        """
        doubted = asked_alone(self.place.permissions.approve, chain, self.place.scratch.synced) or doubt(
            self.place, chain
        )
        chain[-1] = replace(chain[-1], state=self.place.tidied(chain[-1].state))
        before = {path: self.place.scratch.synced(path) for path in chain[-1].state}
        return before, (yield from into_workspace(self.place, chain, doubted))

    def _linted(self, chain: Sequence[ChainLink], before: ScratchChanges) -> Iterator[Event]:
        """Report clippy's warnings for the lines that were written; approval does not depend on them."""
        lines = {path: changed_lines(before[path], content) for path, content in chain[-1].state.items()}
        lints = [
            name(one)
            for one in self.place.trial.clippy().diagnostics
            if one.level is Level.warning and one.primary and one.primary.line in lines.get(one.primary.path, ())
        ]
        if lints:
            yield Narrated(step=LoopStep.REFINE, text=f"clippy says of it: {'; '.join(lints[:2])}")

    def _open(self, ended: Repaired, count: Count) -> Iterator[Event]:
        if ended.nearest:
            yield proposed(self.place, ended.nearest, f"{reasons(ended.nearest)}. {ended.wrong}")
        tried = f"{count.tried} {'hypothesis' if count.tried == 1 else 'hypotheses'}"
        left = "; ".join(name(one) for one in ended.report.errors[:2])
        yield Narrated(
            step=LoopStep.REFINE,
            text=f"I tried {tried} and am {ended.why}. Nothing of it is in your files. Open: {left}",
        )

    def _learn(self, ended: Repaired, first: CargoReport, count: Count, item: str) -> Iterator[Event]:
        code = first.errors[0].code or "a syntax error"
        how = reasons(ended.chain)
        said = "as predicted, at the first try" if count.tried == len(ended.chain) else f"after {count.tried} tries"
        lesson = f"{code} here was ended by: {how} ({said})."
        paths = sorted({path for link in ended.chain for path in link.state})
        yield Learned(lesson=lesson, codes=[code], paths=paths)
        if self.memory is None:
            return
        crate = self.place.root.name
        kept = self.memory.keep(
            Lesson(
                f"{code} in {crate}", f"{lesson} Price: {prices(ended.chain)}.", (code,), (crate,), tuple(paths),
                item, self.place.trial.version, how, count.tried,
            )
        )  # fmt: skip
        if kept:
            for step in self.place.history.steps()[-len(ended.chain) :]:
                self.place.history.learnt(step.number, kept)
            yield Narrated(step=LoopStep.REFINE, text=f"Written down: {kept}")

    def _item(self, report: CargoReport) -> str:
        """Return the path of the item that contains the first error, or ""."""
        place = report.errors[0].primary
        source = self.place.scratch.read(place.path) if place else None
        item = items.enclosing(source, place.start) if place and source else None
        return item.path if item else ""


def changed_lines(before: bytes | None, after: bytes | None) -> set[int]:
    """Return the line numbers of `after`, from 1, that are new or changed."""
    old, new = ((side or b"").split(b"\n") for side in (before, after))
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return {line + 1 for tag, _, _, first, last in blocks if tag != "equal" for line in range(first, last)}
