"""A rename that rustc decides: no model is asked, and the change is judged and undone as any other."""

from collections.abc import Generator
from dataclasses import dataclass, replace

from rusta.core.output import many
from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.attempt.repair_search import test_summary
from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.attempt.workspace_writer import into_workspace
from rusta.loop.events import Event, LoopStep, Narrated, Tried
from rusta.loop.gates.permissions import Deed
from rusta.loop.requests import RenameRequest
from rusta.loop.think.hypotheses import FREE, Hypothesis, name
from rusta.loop.workplace import Workplace
from rusta.tools import renaming
from rusta.tools.present import limit
from rusta.tools.renaming import MARK, NamedDefinition
from rusta.tools.statements import Statements, applied

ROUNDS = 8  # checks for uses that the lint does not show
SHOWN = 5  # places that are named
PUBLIC = "the old public name is gone: code outside of this workspace that uses it has to change"


@dataclass(frozen=True)
class RenameOutcome:
    """What came of it: the words, and the change where one was made."""

    said: str
    link: ChainLink | None = None


def rename(place: Workplace, wish: RenameRequest) -> Generator[Event, None, RenameOutcome | None]:
    """Rename what a request names in a workspace that compiles; None where nothing of that kind has the name."""
    scratch = place.scratch
    sources = {
        path: Statements(source)
        for path in scratch.sources()
        if path.endswith(".rs") and (source := scratch.read(path)) is not None
    }
    found = list(renaming.definitions(sources, wish.old))
    if not found:
        return None
    meant = renaming.chosen(found, wish.kind, wish.owner)
    if not meant:
        there = ", ".join(f"the {one.kind} `{one.spelled}` ({one.path}:{one.line})" for one in found[:SHOWN])
        return RenameOutcome(
            f"I do not know which `{wish.old}` you mean, and rename none. There is {there}. Say it with its type."
        )
    if why := renaming.why_not_renamed(sources, meant, wish.new):
        return RenameOutcome(f"I rename nothing. {why}")
    return (yield from _Renaming(place, wish, meant, sources).run())


class _Renaming:
    """One rename, tried in the copy."""

    def __init__(
        self, place: Workplace, wish: RenameRequest, meant: list[NamedDefinition], sources: dict[str, Statements]
    ) -> None:
        self.place, self.wish, self.meant, self.sources = place, wish, meant, sources
        self.trial = replace(place.trial, asked=None)  # other members may use the name
        self.field = meant[0].kind == "field"
        self.count = 0

    def run(self) -> Generator[Event, None, RenameOutcome]:
        scratch, first = self.place.scratch, self.meant[0]
        yield Narrated(step=LoopStep.THINK, text=f"rustc shows me where {first.kind} `{first.spelled}` is meant")
        before = self.trial.check(all_targets=True)
        if before.errors or not before.ok:
            return self._none("the workspace does not compile as a whole, and rustc tells the uses only where it does")
        state = yield from self._changed()
        if isinstance(state, str):
            return self._none(state)
        state = self.place.tidied(scratch.differing(state))
        scratch.become(state)
        report = self.trial.check(all_targets=True)
        passed = ""
        if report.errors or not report.ok:
            return self._none(
                f"with the new name it does not compile: {name(report.errors[0])}" if report.errors else "cargo stopped"
            )
        if self.place.permissions.may(Deed.TEST, "run this crate's tests in the sandbox").yes:
            ran = self.trial.test()
            passed = test_summary(ran)
            yield Tried(number=0, fixed=[], new=[], left=0, predicted=ran.ok, tests=passed, seconds=ran.seconds)
            if not ran.ok:
                scratch.become({})
                was = {test.name for test in self.trial.test().failures}
                if not ran.failures or not was.issuperset(test.name for test in ran.failures):
                    return self._none(f"with the new name {passed}")
                scratch.become(state)
        reason = f"{first.kind} `{first.spelled}` is renamed to `{self.wish.new}`, at its definition and at {many(self.count, 'use')}"
        costs = [PUBLIC] if any(one.public for one in self.meant) else []
        if takers := renaming.takers(self.sources, self.meant):
            costs.append(f"{', '.join(takers)} see the name: what they read or write may change with it")
        price = "; ".join(costs) or FREE
        link = ChainLink(Hypothesis("craft", reason, price, state, ()), state, (), ())
        # A person asked for it, and what is changed is this name alone, wherever rustc pointed.
        given = yield from into_workspace(self.place, [link])
        return RenameOutcome(self._told(link, given.yes, passed), link if given.yes else None)

    def _changed(self) -> Generator[Event, None, ScratchChanges | str]:
        """Return the files with the new name, or why it is not certain where it belongs."""
        scratch, old, new = self.place.scratch, self.wish.old, self.wish.new
        marks = renaming.marked(self.sources, self.meant)
        scratch.become(dict(marks))
        report = self.trial.check(all_targets=True)
        told = [one for one in report.diagnostics if one.code == "deprecated"]
        if report.stopped:
            return f"cargo was stopped {limit(report)}"
        if any(one.code != "deprecated" for one in report.errors):
            return f"I could not mark it: {name(next(one for one in report.errors if one.code != 'deprecated'))}"
        now = {path: Statements(marks.get(path, code.source)) for path, code in self.sources.items()}
        places = renaming.places_used(told, now, old, self.field)
        if strange := next(
            (one for one in told if one.primary and one.primary.path not in now and old in one.message), None
        ):
            return f"it is used in {strange.place}, which is no source of this workspace"
        self.count = sum(len(found) for found in places.values())
        for path in {one.path for one in self.meant}:
            group = [one for one in self.meant if one.path == path]
            places.setdefault(path, set()).update(renaming.name_places(now[path], group))
        files = {path: self._written(now[path], found) for path, found in places.items()}
        for path in files:
            files[path] = files[path].replace(MARK.encode(), b"") if path in marks else files[path]
        for _ in range(ROUNDS):
            scratch.become(dict(files))
            report = self.trial.check(all_targets=True)
            if not report.errors:
                break
            now = {path: Statements(files.get(path, code.source)) for path, code in self.sources.items()}
            more = renaming.places_used(report.errors, now, old, self.field)
            if not more:
                return f"with the new name it does not compile: {name(report.errors[0])}"
            self.count += sum(len(found) for found in more.values())
            yield Narrated(
                step=LoopStep.TRY, text=f"{many(sum(map(len, more.values())), 'more use')} by what no longer compiles"
            )
            files |= {path: self._written(now[path], found) for path, found in more.items()}
        spelled = self.meant[0].spelled
        for path, code in self.sources.items():
            source = files.get(path, code.source)
            edits = renaming.in_docs(Statements(source), spelled, f"{spelled.removesuffix(old)}{new}")
            if edits:
                files[path] = applied(source, edits)
        return dict(files)

    def _written(self, code: Statements, places: set[int]) -> bytes:
        return applied(code.source, renaming.renamed(code, places, self.wish.old, self.wish.new, self.field))

    def _none(self, why: str) -> RenameOutcome:
        self.place.scratch.become({})
        return RenameOutcome(f"I rename nothing: {why.rstrip('.')}.")

    def _told(self, link: ChainLink, made: bool, passed: str) -> str:
        about = link.hypothesis
        files = ", ".join(f"`{path}`" for path in sorted(link.state))
        now = {path: Statements(link.state.get(path) or code.source) for path, code in self.sources.items()}
        rest = renaming.left(now, self.wish.old)
        more = f" and {len(rest) - SHOWN} more" if len(rest) > SHOWN else ""
        aside = (
            f"\n\nThe word `{self.wish.old}` also stands at {', '.join(rest[:SHOWN])}{more}: there rustc means something else, or "
            "does not compile it here, so I left it."
            if rest
            else ""
        )
        cost = "I see nothing that it costs." if about.trade_off == FREE else f"What it costs: {about.trade_off}."
        head = about.reason[0].upper() + about.reason[1:]
        judged = f"In a copy `cargo check` passes{f', and of the tests {passed}' if passed else '; no test ran'}."
        return f"{head}{'' if made else ' (proposed, and not made)'}, in {files}. {cost}\n\n{judged}{aside}"
