"""A turn of her loop in a crate: Read, Think, Try, Refine, and every edit a step that can be taken back.

Where the person asks her to mend what does not compile, the search in `repair` does it. Otherwise she speaks, and what she
does on the way (looking, running cargo, editing) goes through her hands, its answer back to her, until she has nothing more
to do or a stop rule ends it. Every edit is tried in the scratch copy first; the workspace changes once, when it is allowed.
"""

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from rusta.loop import edits
from rusta.loop.actions import EDITS, Call, manual, parse
from rusta.loop.consult import Consult
from rusta.loop.conversation import Conversation
from rusta.loop.events import (
    Called, Changed, Checkpoint, Declined, Ended, Event, Learned, Looked, Narrated, Proposed, Said, Step,
)  # fmt: skip
from rusta.loop.explained import unexplained
from rusta.loop.hypotheses import name, price
from rusta.loop.permissions import Deed
from rusta.loop.remembering import Lesson, Memory, Situation
from rusta.loop.repair import Budget, Link, Repair, Repaired, difference
from rusta.loop.scope import outside
from rusta.loop.showing import checked
from rusta.loop.stops import Stops
from rusta.loop.use import Hands
from rusta.loop.workplace import Workplace
from rusta.tools import present
from rusta.tools.cargo import Report
from rusta.tools.diagnostics import Level
from rusta.tools.patch import PatchError

MEND = re.compile(
    r"\b(?:fix|repair|mend|solve|resolve)\b|\b(?:does(?: not|n't)|won't|will not|can(?:not|'t)) (?:compile|build)\b|\bmake (?:it|this) "
    r"(?:compile|build|work)\b|\bE0\d{3}\b.*\b(?:away|gone)\b|\bget rid of\b.*\b(?:error|warning)",
    re.IGNORECASE,
)


@dataclass
class Work:
    """Her hands on one workplace, for as long as a conversation lasts."""

    conversation: Conversation
    place: Workplace
    hands: Hands
    memory: Memory | None
    budget: Budget
    explain: bool = True  # whether she speaks about what she did; a bench has nobody to listen

    def turn(self, request: str) -> Iterator[Event]:
        """All that happens until she is done with `request`; every event is in the session before it is seen here."""
        for event in self._turn(request):
            if not isinstance(event, Said):  # what she says is kept as a turn
                self.conversation.session.note(event.as_line())
            yield event

    def _turn(self, request: str) -> Iterator[Event]:
        began, self.steps = time.monotonic(), 0
        if crossed := outside(request, self.place.root):
            yield Declined(crossed.boundary, crossed.words)
            yield Ended("declined", 0, time.monotonic() - began, True)
            return
        report = yield from self._read(request)
        reminders = yield from self._remember(request, report)
        if report.errors and MEND.search(request):
            clean = yield from self._mend(request, report, reminders)
        else:
            clean = yield from self._talk(request, report, reminders)
        yield Ended("done" if clean else "open", self.steps, round(time.monotonic() - began, 2), clean)

    # Read

    def _read(self, request: str) -> Generator[Event, None, Report]:
        self.place.scratch.sync()
        yield Narrated(Step.READ, f"{self.place.root.name}: what does the compiler say?")
        report = self.place.trial.check()
        warnings = sum(one.level is Level.warning for one in report.diagnostics)
        yield Looked([f"{one.place} {name(one)}" for one in report.errors], warnings)
        if report.errors:
            first = report.errors[0]
            more = f", and {len(report.errors) - 1} more" if len(report.errors) > 1 else ""
            yield Narrated(Step.READ, f"{first.place}: {name(first)}{more}")
        else:
            yield Narrated(Step.READ, "It compiles." if report.ok else f"cargo did not get that far: {report.output[-300:]}")
        return report

    def _remember(self, request: str, report: Report) -> Generator[Event, None, str]:
        if self.memory is None:
            return ""
        codes = tuple(dict.fromkeys(one.code for one in report.diagnostics if one.code))
        paths = tuple(dict.fromkeys(one.primary.path for one in report.diagnostics if one.primary))
        found = self.memory.remind(Situation(request, codes, (self.place.root.name,), paths))
        for one in found:
            yield Narrated(Step.READ, f"I wrote about this, {one.age}: {one.path} ({one.why})")
        return "\n\n".join(f"[{one.path}, {one.age}, confidence {one.confidence}]\n{one.text}" for one in found)

    # Mend: Think, Try and Refine over hypotheses

    def _mend(self, request: str, report: Report, reminders: str) -> Generator[Event, None, bool]:
        tests = self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox")
        if not tests.yes:
            yield Declined("permission", f"I leave the tests alone: {tests.why or 'you said no'}. Then compiling is all I can prove.")
        repair = Repair(
            self.place.scratch, self.place.trial, Consult(self.conversation.mind, self.conversation.generation), self.budget, tests.yes
        )
        ended = yield from repair.run(report)
        self.steps, self.spent = repair.count.tried, repair.count
        if not ended.chain:
            yield from self._gave_up(ended)
            return False
        made = yield from self._change(ended.chain)
        if made:
            yield from self._refine(ended, report)
        if self.explain:
            yield from self._account(request, ended.chain, made, reminders)
        if made:
            yield Checkpoint(_question(ended.chain))
        return True

    def _gave_up(self, ended: Repaired) -> Iterator[Event]:
        if ended.compiles_only:
            last = ended.compiles_only[-1]
            self.place.scratch.become({})
            yield Proposed(f"{last.hypothesis.reason}. It compiles, and {ended.failing}: I don't believe it.", last.hypothesis.trade_off,
                           difference(last.state, self.place.scratch))  # fmt: skip
        tried = f"{self.steps} {'hypothesis' if self.steps == 1 else 'hypotheses'}"
        left = "; ".join(name(one) for one in ended.report.errors[:2])
        yield Narrated(Step.REFINE, f"I tried {tried} and am {ended.why}. Nothing of it is in your files. Open: {left}")

    def _change(self, chain: Sequence[Link]) -> Generator[Event, None, bool]:
        """Put a chain into the workspace, a step each, if it is allowed."""
        self.place.scratch.become({})
        whole = difference(chain[-1].state, self.place.scratch)
        reason = "; ".join(dict.fromkeys(link.hypothesis.reason for link in chain))
        said = self.place.permissions.may(Deed.EDIT, f"change {', '.join(sorted(chain[-1].state))}", whole)
        if not said.yes:
            yield Proposed(reason, chain[-1].hypothesis.trade_off, whole)
            if said.why:
                yield Declined("permission", said.why)
            return False
        before: dict[str, bytes | None] = {}
        for link in chain:
            delta = {path: content for path, content in link.state.items() if before.get(path, self.place.scratch.read(path)) != content}
            expected = {path: before.get(path, self.place.scratch.read(path)) for path in delta}
            self.place.scratch.become(before)
            diff = difference(delta, self.place.scratch)
            self.place.scratch.become({})
            try:
                step = self.place.history.apply(
                    delta, reason=link.hypothesis.reason, trade_off=link.hypothesis.trade_off, before=list(link.before),
                    after=list(link.after), expected=expected,
                )  # fmt: skip
            except PatchError as refusal:
                yield Declined("workspace", str(refusal))
                return False
            yield Changed(step.number, sorted(delta), link.hypothesis.reason, link.hypothesis.trade_off, list(link.before), list(link.after), diff)
            before = dict(link.state)
        self.place.scratch.sync()
        return True

    def _refine(self, ended: Repaired, first: Report) -> Iterator[Event]:
        hits = self.steps == len(ended.chain)
        code = first.errors[0].code or "a syntax error"
        how = ended.chain[-1].hypothesis
        said = "as predicted, at the first try" if hits else f"after {self.steps} tries"
        lesson = f"{code} here was ended by: {how.reason} ({said})."
        paths = sorted({path for link in ended.chain for path in link.state})
        yield Learned(lesson, [code], paths)
        if self.memory is not None:
            kept = self.memory.keep(
                Lesson(
                    f"{code} in {self.place.root.name}", f"{lesson} Price: {how.trade_off}.", (code,), (self.place.root.name,), tuple(paths)
                )
            )
            if kept:
                yield Narrated(Step.REFINE, f"Written down: {kept}")

    def _account(self, request: str, chain: Sequence[Link], made: bool, reminders: str) -> Iterator[Event]:
        """Her own words about what she did, from the facts of it."""
        facts = "\n".join(
            f"- rustc said: {'; '.join(link.before[:2])}\n- I {'changed' if made else 'propose'}: {link.hypothesis.reason}\n"
            f"- price: {link.hypothesis.trade_off}"
            for link in chain
        )
        self.place.scratch.become({})
        diff = difference(chain[-1].state, self.place.scratch) if not made else ""
        beside = (
            f"{reminders}\n\nWhat was done{'' if made else ' (proposed, not made)'}:\n{facts}\n{diff[:1500]}\n\n"
            "Tell me in at most four sentences what was wrong, why this mends it, and what it costs. No code."
        )
        yield from self._speak(request, beside.strip())

    # Talk: she speaks, and acts by calls and edits

    def _talk(self, request: str, report: Report, reminders: str) -> Generator[Event, None, bool]:
        beside = "\n\n".join(part for part in (self._surroundings(request, report), reminders) if part)
        stops, text, clean = Stops(), request, not report.errors
        while True:
            answer = yield from self._speak(text, beside)
            reply = parse(answer)
            why = stops.heard(reply)
            if why:
                yield Narrated(Step.REFINE, f"I stop here: {why}")
                return clean
            calls = [action for action in reply.actions if isinstance(action, Call)]
            wanted = [action for action in reply.actions if isinstance(action, EDITS)]
            if not calls and not wanted:
                if not reply.problems:
                    break
                text = "\n".join(str(problem) for problem in reply.problems)
            elif wanted:
                done, text = yield from self._edit(wanted, reply.narration, answer)
                clean = done
            else:
                told = []
                for call in calls:
                    result = self.hands.use(call)
                    yield Called(call.name, vars(call), result.text, result.ok)
                    told.append(result.text)
                    self.steps += 1
                text = "\n\n".join(told)
            beside = ""
        yield from self._shown(answer)
        return clean

    def _surroundings(self, request: str, report: Report) -> str:
        parts = [self.place.guidance, self.hands.map(request), manual()]
        if report.errors:
            parts.append(present.report(report))
        return "\n\n".join(part for part in parts if part)

    def _speak(self, text: str, beside: str = "") -> Generator[Event, None, str]:
        said = ""
        for piece in self.conversation.ask(text, beside=beside):
            said += piece.text
            self.last = piece
            yield Said(piece.text)
        return said

    def _shown(self, answer: str) -> Iterator[Event]:
        """The gates on what was shown: is it explained, and does it compile."""
        for missing in unexplained(answer)[:2]:
            yield Declined("unexplained code", f"line {missing.line} of my answer: {missing.words}")
        yield from checked(answer, self.place.trial.sandbox)

    def _edit(self, wanted: Sequence[object], narration: str, answer: str) -> Generator[Event, None, tuple[bool, str]]:
        """Try edits in the scratch copy; put them into the workspace when the judge is content. What to tell her next."""
        if problems := unexplained(answer):
            yield Declined("unexplained code", problems[0].words)
            return False, f"I did not apply it. {problems[0].words}"
        scratch = self.place.scratch
        scratch.sync()
        changes: dict[str, bytes | None] = {}
        try:
            for edit in wanted:
                changes |= edits.apply(edit, lambda path: changes.get(path, scratch.read(path)))
        except edits.DoesNotApply as failure:
            yield Narrated(Step.TRY, str(failure).splitlines()[0])
            return False, str(failure)
        for path, content in changes.items():
            if unread := self.place.seen.unread(path, scratch.read(path), content):
                why = f"I have not read {unread} in this session, and I don't edit what I have not read."
                yield Declined("unread", why)
                return False, f'{why} Read it first: <tools>{{"name": "read", "arguments": {{"path": "{path}"}}}}</tools>'
        before = self.place.trial.check()
        yield Narrated(Step.TRY, f"{', '.join(changes)}: rustfmt, check, clippy, tests, in a copy")
        scratch.become(changes)
        self.place.trial.fmt([path for path, content in changes.items() if content is not None and path.endswith(".rs")])
        changes = {path: scratch.read(path) for path in changes}
        report = self.place.trial.check()
        self.steps += 1
        reason = " ".join(narration.split())[:400] or "as asked"
        if report.errors and len(report.errors) > len(before.errors):
            repair = Repair(scratch, self.place.trial, None, self.budget, tests=False)
            ended = yield from repair.run(report)
            if not ended.chain:
                return False, f"I tried it in a copy and took it back.\n\n{present.report(report, before)}"
            changes, report = dict(ended.chain[-1].state), ended.report
        scratch.become(changes)
        lint = self.place.trial.clippy()
        names = [name(one) for one in lint.diagnostics if one.level is Level.warning]
        tests = self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox")
        ran = self.place.trial.test() if tests.yes and not report.errors else None
        if ran is not None and not ran.ok:
            scratch.become({})
            return False, f"It compiles, and then tests fail. I took it back.\n\n{present.report(ran)}"
        from rusta.loop.hypotheses import Hypothesis

        link = Link(
            Hypothesis("mind", reason, price(changes, scratch_reader(scratch)), changes, ()), changes,
            tuple(name(one) for one in before.errors), tuple(name(one) for one in report.errors),
        )  # fmt: skip
        made = yield from self._change([link])
        if made:
            yield Checkpoint(_question([link]))
            clippy = f" clippy adds: {'; '.join(names[:3])}." if names else ""
            return not report.errors, f"Done: it is in the workspace, and compiles.{clippy} Say in a sentence what it costs, or go on."
        return False, "The person did not allow it. Say what you would do instead, or ask."


def scratch_reader(scratch: object):  # placeholder until Work is split
    """Contents before a change."""
    return scratch.workspace_read  # type: ignore[attr-defined]


def _question(chain: Sequence[Link]) -> str:
    """Does this make sense? About what the change trades, since that is what a person should have decided."""
    return f"Does this make sense to you: {chain[-1].hypothesis.trade_off}?"
