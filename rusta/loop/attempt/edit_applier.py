"""Apply the model's edits: try them in the scratch copy with rustfmt, check, clippy and tests; write them if they pass.

The gates are enforced here: no edit without a reason before it, none to text that was not read, none with an unusual
construct that no comment explains. Each refusal is a sentence that the model can act on, and is sent back to it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rusta.core.output import many
from rusta.loop.attempt.actions import Edit
from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.attempt.edits import apply_all
from rusta.loop.attempt.repair_search import Budget, RepairSearch, test_summary
from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.attempt.workspace_writer import into_workspace
from rusta.loop.events import Declined, Event, LoopStep, Narrated, Tried
from rusta.loop.gates.asked_alone import asked_alone
from rusta.loop.gates.explained import odd, reasoned
from rusta.loop.gates.foreign_suggestions import doubt
from rusta.loop.gates.permissions import Deed
from rusta.loop.gates.request_limits import adds_test, beyond_request
from rusta.loop.think.hypotheses import Hypothesis, name, price
from rusta.loop.think.model_proposer import opening
from rusta.loop.workplace import Workplace
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import Level
from rusta.tools.present import present


@dataclass(frozen=True)
class Acted:
    """The result of edits: the text for the model, the link if the workspace was changed, and whether it compiles.

    `foreign`: the text contains cargo's output, and so whatever the workspace makes cargo print. `nearest` is what was
    tried and did not pass, with what is `wrong` with it.
    """

    told: str
    link: ChainLink | None = None
    clean: bool = False
    foreign: bool = False
    nearest: ChainLink | None = None
    wrong: str = ""


@dataclass
class EditApplier:
    """Applies edits on one workplace. `unasked` is why a person should review them despite earlier approval.

    `request` is what the person said: what goes beyond it is to be reviewed as well. `test_owed`: it asked for a test,
    and none was written yet.
    """

    place: Workplace
    budget: Budget
    unasked: str = ""
    request: str = ""
    test_owed: bool = False

    def run(self, wanted: Sequence[Edit], reason: str) -> Generator[Event, None, Acted]:
        """Try the edits `wanted`, with `reason` (the model's text before them)."""
        if not reasoned(reason):
            return (
                yield from self._declined(
                    "unexplained code", "Say in a sentence why before the edit: what it does, what it trades."
                )
            )
        scratch = self.place.scratch
        scratch.sync()
        applied = apply_all(wanted, scratch.read, sorted(self.place.seen.files))
        if applied.failed:
            yield Narrated(step=LoopStep.TRY, text=str(applied.failed[0][1]).splitlines()[0])
        if applied.misfits or not applied.changes:
            return Acted(applied.misfits or applied.repair)
        changes: dict[str, bytes | None] = dict(applied.changes)
        for path, content in changes.items():
            if real := scratch.beyond(path):
                why = f"{path} leads by a link to {real}, and I change nothing out there."
                return (yield from self._declined("outside the workspace", why))
            if unread := self.place.seen.unread(path, scratch.read(path), content):
                ask = f'Read it first: <tools>{{"name": "read", "arguments": {{"path": "{path}"}}}}</tools>'
                return (yield from self._declined("unread", f"I have not read {unread} in this session. {ask}"))
            if why := odd(_text(content), _text(scratch.read(path))):
                return (
                    yield from self._declined(
                        "unexplained code", f"There is {why} in it. Say why in a comment beside it."
                    )
                )
        return (yield from self._attempt(changes, opening(reason)))

    def _declined(self, gate: str, why: str) -> Generator[Event, None, Acted]:
        yield Declined(gate=gate, why=why)
        return Acted(f"I did not apply it. {why}")

    def _attempt(self, changes: ScratchChanges, reason: str) -> Generator[Event, None, Acted]:
        scratch, trial = self.place.scratch, self.place.trial
        before = trial.check(all_targets=True)
        cost = price(changes, scratch.read)
        yield Narrated(step=LoopStep.TRY, text=f"{', '.join(changes)}: rustfmt, check, clippy and tests, in a copy")
        changes = self.place.tidied(changes)
        scratch.become(changes)
        report = trial.check(all_targets=True)
        doubted = self.unasked or beyond_request(self.request, changes, scratch.synced)
        if len(report.errors) > len(before.errors):
            # The compiler's suggestions often complete an edit that the model left almost right.
            ended = yield from RepairSearch(scratch, trial, None, self.budget, tests=False).run(report)
            if not ended.chain:
                scratch.become({})
                near = _link(changes, reason, cost, before, report)
                wrong = f"It does not compile: {many(len(report.errors), 'error')}, {name(report.errors[0])}"
                told = f"I tried it in a copy and took it back.\n\n{present(report, before)}"
                return Acted(told, foreign=True, nearest=near, wrong=wrong)
            doubted = doubted or doubt(self.place, ended.chain, changes)
            changes, report = dict(ended.chain[-1].state), ended.report
            scratch.become(changes)
        if not (report.ok or report.errors):  # an unreadable manifest or a limit: no errors, but no success either
            scratch.become({})
            return Acted(
                f"With it cargo does not come to a judgement, so I took it back.\n\n{present(report)}", foreign=True
            )
        if self.test_owed and not adds_test(changes, scratch.synced):
            scratch.become({})
            told = "It compiles, and the test that was asked for is missing. Give both: the change, and a `#[test]` that fails without it."
            return Acted(
                told,
                nearest=_link(changes, reason, cost, before, report),
                wrong="It compiles, and the test that you asked for is missing.",
            )
        lints = [name(one) for one in trial.clippy().diagnostics if one.level is Level.warning]
        if not report.errors and self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox").yes:
            ran = trial.test()
            yield Tried(
                number=0, fixed=[], new=[], left=0, predicted=ran.ok, tests=test_summary(ran), seconds=ran.seconds
            )
            if not ran.ok:
                failed = self._failed_before(changes, ran)
                if not failed:
                    scratch.become({})
                    near = _link(changes, reason, cost, before, report)
                    wrong = f"It compiles, and of the tests {test_summary(ran)}"
                    told = f"It compiles, and then tests fail. I took it back.\n\n{present(ran)}"
                    return Acted(told, foreign=True, nearest=near, wrong=wrong)
                text = f"{', '.join(failed[:3])} failed before this change, too, and {'is' if len(failed) == 1 else 'are'} not its doing"
                yield Narrated(step=LoopStep.TRY, text=text)
        link = _link(changes, reason, cost, before, report)
        doubted = doubted or asked_alone(self.place.permissions.approve, [link], scratch.synced)
        said = yield from into_workspace(self.place, [link], doubted)
        if not said.yes:
            why = (
                f"The person says: {said.why} Do it otherwise, or ask."
                if said.why
                else "Say what it would cost, and stop there."
            )
            return Acted(f"It is proposed and not made. {why}")
        clippy = f" clippy says besides: {'; '.join(lints[:3])}." if lints else ""
        judged = "compiles" if not report.errors else "still has errors"
        return Acted(f"It is in the workspace, and {judged}.{clippy} Go on, or stop.", link, not report.errors)

    def _failed_before(self, changes: ScratchChanges, ran: CargoReport) -> list[str]:
        """Return the tests that fail, if all of them fail without the change, too; else nothing."""
        failing = [test.name for test in ran.failures]
        if not failing or ran.stopped or ran.errors:
            return []
        self.place.scratch.become({})
        was = {test.name for test in self.place.trial.test().failures}
        self.place.scratch.become(changes)
        return failing if was.issuperset(failing) else []


def _link(changes: ScratchChanges, reason: str, cost: str, before: CargoReport, after: CargoReport) -> ChainLink:
    was, now = (tuple(name(one) for one in report.errors) for report in (before, after))
    return ChainLink(Hypothesis("mind", reason, cost, changes, ()), changes, was, now)


def _text(source: bytes | None) -> str:
    return (source or b"").decode("utf-8", "replace")
