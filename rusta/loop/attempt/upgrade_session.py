"""Move a workspace to another release of a dependency: the manifest and the lock in a copy, then what no longer compiles, then the tests.

Nothing is changed before everything passes and a person agrees; then it is one change that can be undone. Where a
direct step does not pass, the major releases between are taken one after the other. What could not be mended is a
list of sites with both signatures, and the workspace stays as it was.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rusta.core.home import NoRoom
from rusta.core.output import many
from rusta.loop.attempt.commit_chain import ChainLink, prices, reasons
from rusta.loop.attempt.repair_search import Budget, Count, RepairSearch, test_summary
from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.attempt.workspace_writer import into_workspace, proposed
from rusta.loop.events import Event, LoopStep, Narrated, Said, Supposed, Tried
from rusta.loop.gates.permissions import Deed
from rusta.loop.read.turn_memory import Lesson, TurnMemory
from rusta.loop.think.hypotheses import name
from rusta.loop.think.proposer import Proposer
from rusta.loop.think.requirement_bump import NotResolved, requirement_bump
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.releases.left_sites import LeftSite, left_sites
from rusta.loop.workplace import Workplace
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Diagnostic
from rusta.upgrade.rules import ProvedReplacement, UnreadableRules, UpgradeRules

MOST_LEFT = 40  # sites that are listed


@dataclass(frozen=True)
class UpgradeStep:
    """One release to move to."""

    crate: str
    old: str
    new: str


@dataclass(frozen=True)
class Upgraded:
    """The result: `chain` is what passed, `made` whether it is in the workspace, `left` what stands in the way."""

    chain: tuple[ChainLink, ...]
    made: bool
    left: tuple[LeftSite, ...]
    count: Count
    why: str = ""


@dataclass
class UpgradeSession:
    """Tries an upgrade and offers it. With `consult` None only hypotheses that need no model are tried."""

    place: Workplace
    consult: Proposer | None = None
    budget: Budget = Budget()  # noqa: RUF009  frozen
    rules: UpgradeRules | None = None
    memory: TurnMemory | None = None

    def run(self, step: UpgradeStep, between: Sequence[str] = ()) -> Generator[Event, None, Upgraded]:
        """Try the upgrade; `between` are the newest releases of the major versions between, the lowest first."""
        self.place.scratch.sync()
        tests = self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox").yes
        count = Count()
        chain, left, why = yield from self._tried(step, [], count, tests)
        if not chain and between and not why:
            stages = [step.old, *between, step.new]
            yield Narrated(LoopStep.THINK, f"I go through the releases between: {' to '.join(stages)}")
            whole = list[ChainLink]()
            for old, new in pairwise(stages):
                links, left, why = yield from self._tried(UpgradeStep(step.crate, old, new), whole, count, tests)
                if not links:
                    whole = []
                    break
                whole = links
            chain = whole
        if not chain:
            yield from self._told(step, left, why)
            return Upgraded((), False, tuple(left), count, why)
        chain[-1] = replace(chain[-1], state=self.place.tidied(chain[-1].state))
        said = yield from into_workspace(self.place, chain)
        if said.yes:
            yield from self._kept(step, chain)
        return Upgraded(tuple(chain), said.yes, (), count)

    def _tried(
        self, step: UpgradeStep, before: Sequence[ChainLink], count: Count, tests: bool
    ) -> Generator[Event, None, tuple[list[ChainLink], list[LeftSite], str]]:
        """Return the whole chain where it passes; else what is left, and why nothing could be tried ("" where it could)."""
        scratch, trial = self.place.scratch, self.place.trial
        known: ScratchChanges = before[-1].state if before else {}
        scratch.become(known)
        situation = Situation((), scratch.read, scratch.sources(), scratch.root)
        try:
            bump = requirement_bump(situation, step.crate, step.old, step.new)
        except NotResolved as refused:
            return [], [], str(refused)
        count.tried += 1
        yield Supposed(
            count.tried, bump.source, bump.reason, bump.trade_off, list(bump.aims), scratch.difference(bump.changes)
        )
        state = scratch.differing({**known, **bump.changes})
        scratch.become(state)
        report = trial.check(all_targets=True)
        count.checks += 1
        broken = tuple(name(one) for one in report.errors)
        yield Tried(count.tried, [], list(broken), len(broken), True, None, report.seconds)
        link = ChainLink(bump, state, (), broken)
        if not broken and report.ok:
            passed, said = yield from self._tests(tests, count)
            if passed:
                return [*before, link], [], ""
            return [], [], "" if before else (yield from self._standing(known, said))
        if not before and (why := (yield from self._already_broken(known, state))):
            return [], [], why
        repair = RepairSearch(
            scratch, trial, self.consult, self.budget, tests, moved={step.crate: step.old}, proved=self._proved(step)
        )
        repair.count = count
        ended = yield from repair.run(report)
        if ended.chain:
            return [*before, link, *ended.chain], [], ""
        if ended.nearest:
            yield proposed(
                self.place, [*before, link, *ended.nearest], f"{step.crate} {step.new}, as far as I came. {ended.wrong}"
            )
            scratch.become(ended.nearest[-1].state)
            report = trial.check(all_targets=True)
            if not report.errors:
                return [], [], ended.wrong
        there = Situation(report.errors, scratch.read, scratch.sources(), scratch.root, {step.crate: step.old})
        return [], left_sites(there), ""

    def _proved(self, step: UpgradeStep) -> list[ProvedReplacement]:
        """What held in other workspaces for this step; none where the rules cannot be read, which is said when one is kept."""
        try:
            found = self.rules.proved(step.crate, step.old, step.new) if self.rules else []
        except UnreadableRules:
            return []
        return [ProvedReplacement(one.item, one.became, one.value, one.why) for one in found]

    def _kept(self, step: UpgradeStep, chain: Sequence[ChainLink]) -> Iterator[Event]:
        """Keep what held as rules."""
        held = [one for link in chain for one in link.hypothesis.replaced]
        yield from self._remembered(step, chain)
        if self.rules is None or not held:
            return
        try:
            kept = self.rules.keep(step.crate, step.old, step.new, held, self.place.root.name)
        except (UnreadableRules, NoRoom, OSError) as error:
            yield Narrated(LoopStep.REFINE, str(error))
            return
        yield Narrated(LoopStep.REFINE, f"Written down as {many(len(kept), 'rule')}: rusta upgrade rules {step.crate}")

    def _remembered(self, step: UpgradeStep, chain: Sequence[ChainLink]) -> Iterator[Event]:
        """Write what it took into the journals, as a lesson and as a habit."""
        if self.memory is None or len(chain) < 2:
            return
        crate, paths = self.place.root.name, tuple(sorted(chain[-1].state))
        title, way = f"{step.crate} {step.old} to {step.new} in {crate}", reasons(chain[1:])
        text = f"Moving {step.crate} from {step.old} to {step.new} here took: {way}. Price: {prices(chain)}."
        kept = self.memory.keep(
            Lesson(title, text, (), (crate, step.crate), paths, "", self.place.trial.version, way, len(chain))
        )
        if kept:
            yield Narrated(LoopStep.REFINE, f"Written down: {kept}")

    def _tests(self, tests: bool, count: Count) -> Generator[Event, None, tuple[bool, str]]:
        if not tests:
            return True, ""
        report = self.place.trial.test()
        count.checks += 1
        said = test_summary(report)
        yield Tried(count.tried, [], [], 0, report.ok, said, report.seconds)
        return report.ok, said

    def _already_broken(self, known: ScratchChanges, state: ScratchChanges) -> Generator[Event, None, str]:
        """Why nothing can be judged: the workspace does not compile as it is."""
        self.place.scratch.become(known)
        base = self.place.trial.check(all_targets=True)
        self.place.scratch.become(state)
        if not base.errors:
            return ""
        yield Narrated(LoopStep.READ, f"without the upgrade: {_first(base)}")
        return f"It does not compile before the upgrade either: {_first(base)}. Mend that first: rusta chat"

    def _standing(self, known: ScratchChanges, said: str) -> Generator[Event, None, str]:
        """Say whether the tests fail without the upgrade as well."""
        self.place.scratch.become(known)
        report = self.place.trial.test()
        yield Narrated(LoopStep.REFINE, f"without the upgrade: {test_summary(report)}")
        as_well = "They do without the upgrade as well" if not report.ok else "Without the upgrade they pass"
        return f"It compiles, and of the tests {said}. {as_well}, so I leave it."

    def _told(self, step: UpgradeStep, left: Sequence[LeftSite], why: str) -> Iterator[Event]:
        lines = [f"{step.crate} stays at {step.old}: nothing of it is in your files."]
        if why:
            lines.append(why)
        if left:
            lines.append(f"What is left is {many(len(left), 'place')}:")
            lines += [one.as_markdown() for one in left[:MOST_LEFT]]
        yield Said(text="\n\n".join(lines))


def _first(report: CargoReport) -> str:
    first: Diagnostic = report.errors[0]
    return f"{first.place} {name(first)}"
