"""The agent's edits in one workspace, each with its reason, and undo and redo for all of them.

An edit, an undo of five steps and a redo are the same thing: an operation that moves some paths from one state to
another. Contents are stored first, the operation is written to an intent file, files are swapped, and the intent is
renamed to record it as done. A process that is killed in between leaves an intent, and the next one restores the files.

An undo can itself be undone exactly: the contents it replaced are stored as for an edit.
"""

import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from rusta.core.home import persons_umask
from rusta.core.output import now as moment
from rusta.tools.patch.contents import Contents, state
from rusta.tools.patch.durable import Durable
from rusta.tools.patch.journal import EditJournal, Kept, Move, Moved, Operation, merge_folders
from rusta.tools.patch.merge import git_diff
from rusta.tools.patch.refusals import Damaged, EditRefused, Stale, explained
from rusta.tools.patch.steps import EditStep, EditSteps, layered
from rusta.tools.patch.store import Chapter, FolderStore, GitStore
from rusta.tools.patch.tree import FileChange, FileTree, State
from rusta.tools.patch.turn import Clash, conflict, matches_stored, turned
from rusta.tools.patch.workspace import entered


@dataclass(frozen=True)
class _Turn:
    """A step's part in an operation that is being planned."""

    step: int
    title: str
    changes: tuple[FileChange, ...]


class EditHistory:
    """The steps of one workspace, which is locked while the history is open.

    Not covered: a user who edits a file in the microseconds in which it is swapped, and files with several hard links,
    which are refused.
    """

    def __init__(self, tree: FileTree, journal: EditJournal, contents: Contents, session: str) -> None:
        self.workspace = tree.root
        self.session = session
        self.recovered = ""  # a sentence about what was restored after an interrupted edit
        self._tree = tree
        self._journal = journal
        self._contents = contents
        self._steps = EditSteps(journal.operations())
        # New for every opening, so that two histories of one repository never use the same ref.
        self._refs = f"{re.sub(r'[^A-Za-z0-9_-]+', '-', session).strip('-')}-{secrets.token_hex(4)}"
        self._new_mode = stat.S_IFREG | 0o666 & ~persons_umask()

    @classmethod
    def open(cls, workspace: Path, home: Path, session: str = "") -> "EditHistory":
        """Open the history of a workspace, stored below `home` (RUSTA_HOME) and in the workspace's git, if any.

        Restores files left by an interrupted edit. Raises `EditRefused` for a workspace that may not be edited,
        `Busy` while another history of it is open.
        """
        session = session or moment()[:19].replace(":", "-")
        with entered(workspace, home) as (tree, folder):
            git = GitStore.of(tree.root)
            if git:
                tree.keep_out(git.git_dir)
            contents = Contents(tree.root, FolderStore(folder / "contents"), git)
            history = cls(tree, EditJournal(folder), contents, session)
            history._recover()
        return history

    @property
    def folder(self) -> Path:
        """The folder of this workspace's undo data, outside of it."""
        return self._journal.folder

    def close(self) -> None:
        """Unlock the workspace."""
        self._tree.close()

    def __enter__(self) -> "EditHistory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def steps(self) -> list[EditStep]:
        """Return every edit of all sessions, oldest first, whatever its state."""
        return [self._steps.told(step + 1) for step in range(len(self._steps.edits))]

    def apply(
        self,
        changes: Mapping[str, bytes | None],
        reason: str,
        trade_off: str = "",
        before: object = None,
        after: object = None,
        *,
        modes: Mapping[str, int] | None = None,
        expected: Mapping[str, bytes | None] | None = None,
        approval: int | None = None,
    ) -> EditStep:
        """Write these files (`None` deletes), all or none, and record the reason. Paths are relative to the workspace.

        A file keeps its mode; `modes` sets permissions (0o755). `approval` is the first of the steps that were approved
        together with this one; None where this is the first, or was approved by itself. `expected` is what the caller
        read: `Stale` is raised where a file has changed since. Raises `OutsideWorkspace`, `EditRefused`, and `NoRoom`
        on a full disk.
        """
        if not reason.strip():
            raise EditRefused("An edit without a reason is one I don't make. Say why.")
        self._recover()
        with explained("make this edit"):
            planned = self._plan_edit(changes, modes or {}, expected or {})
            step = len(self._steps.edits) + 1
            about = {
                "reason": reason,
                "trade_off": trade_off,
                "before": before,
                "after": after,
                "approval": approval or step,
            }
            title = "\n\n".join(filter(None, (reason, trade_off)))
            self._perform("edit", [_Turn(step, title, tuple(planned))], about)
        return self._steps.told(step)

    def note(self, step: int, after: object) -> EditStep:
        """Record the diagnostics after a step, once they are known."""
        return self._amend(step, after=after)

    def learnt(self, step: int, entry: str) -> EditStep:
        """Record that a journal entry was written because of a step, so that it can be marked if the step is undone."""
        return self._amend(step, lessons=[*dict.fromkeys((*self._steps.told(step).lessons, entry))])

    def _amend(self, step: int, **more: object) -> EditStep:
        edit = self._steps.edit(step)
        amended = replace(edit, about={**edit.about, **more})
        with explained(f"note what came of step {step}"):
            self._journal.amend(amended)
        self._steps.edits[step - 1] = amended
        return self._steps.told(step)

    def undo(self, n: int | str = 1) -> list[EditStep]:
        """Undo the last `n` standing steps, or "all", in one operation. Raises `Conflict` with nothing changed."""
        return self._turn_steps("undo", self._last("undo", n))

    def redo(self, n: int | str = 1) -> list[EditStep]:
        """Redo the last `n` undone steps, or "all", in one operation. Raises `Conflict` with nothing changed."""
        return self._turn_steps("redo", self._last("redo", n))

    def undo_approved(self, *steps: int) -> list[EditStep]:
        """Undo, in one operation, the standing steps of the last approval, or only these.

        Raises `Conflict`, `EditRefused`.
        """
        return self._turn_steps("undo", self._chosen("undo", steps))

    def redo_approved(self, *steps: int) -> list[EditStep]:
        """Redo, in one operation, the undone steps of the approval undone last, or only these.

        Raises as `undo_approved`.
        """
        return self._turn_steps("redo", self._chosen("redo", steps))

    def diff(self, step: int | None = None) -> str:
        """Return what a step, or all standing steps together, changed, as a unified diff.

        Where the user edited a file between two steps, each step's diff is shown separately, without the user's edits.
        """
        shown = sorted(self._steps.standing) if step is None else [step]
        layers = layered(self._steps.edit(one) for one in shown)
        data = self._contents.of([kept for layer in layers for file in layer.values() for kept in (file.was, file.now)])
        return "".join(
            git_diff(
                {path: state(file.was, data) for path, file in layer.items()},
                {path: state(file.now, data) for path, file in layer.items()},
            )
            for layer in layers
        )

    def _plan_edit(
        self, changes: Mapping[str, bytes | None], modes: Mapping[str, int], expected: Mapping[str, bytes | None]
    ) -> list[FileChange]:
        spelled = {"/".join(self._tree.parts(path)): path for path in changes}
        if len(spelled) < len(changes):
            raise EditRefused(
                f"Two of these paths are one file: {', '.join(sorted(map(repr, changes)))}. Name it once."
            )
        if stray := {*modes, *expected} - {*changes}:
            raise EditRefused(
                f"{', '.join(map(repr, sorted(stray)))} is not among the files of this edit. Add it, or leave it out."
            )
        made = self._steps.made_folders()
        planned = []
        for path, asked in spelled.items():
            data, was = changes[asked], self._tree.read(path)
            if asked in expected and expected[asked] != (was.data if was else None):
                raise Stale(f"{path!r} is not as I read it. Let me read it again before I edit it: /read {path}")
            if data is None and was is None:
                raise EditRefused(f"There is no file {path!r} to delete in {self.workspace}.")
            if was and was.is_link and data is not None:
                raise EditRefused(f"{path!r} is a link to {os.fsdecode(was.data)!r}. Name the file that it leads to.")
            if was and not was.is_link and not was.mode & stat.S_IWUSR:
                raise EditRefused(
                    f"{path!r} is read-only, and I take that as said on purpose. If I may: chmod u+w {path}"
                )
            mode = was.mode if was else self._new_mode
            if asked in modes:
                mode = stat.S_IFMT(mode) | stat.S_IMODE(modes[asked])
            becomes = State(data, mode) if data is not None else None
            if becomes == was:
                continue
            parents = [str(parent) for parent in reversed(Path(path).parents)]
            folders = self._tree.missing_folders(path) if becomes else tuple(one for one in parents if one in made)
            planned.append(FileChange(path, was, becomes, () if was and becomes else folders))
        if not planned:
            raise EditRefused("This edit changes nothing: the files are already so.")
        return planned

    def _available(self, verb: str) -> list[int]:
        """Return the steps that can be undone or redone, the next one first."""
        available = self._steps.standing if verb == "undo" else self._steps.undone
        if not available:
            raise EditRefused(f"There is nothing of mine to {verb} in {self.workspace}.")
        return list(reversed(available))

    def _last(self, verb: str, n: int | str) -> list[int]:
        available = self._available(verb)
        count = len(available) if n == "all" else n
        if not isinstance(count, int) or count < 1:
            raise EditRefused(f"/{verb} takes a number of steps from 1 on, or all; not {n!r}.")
        return available[:count]

    def _chosen(self, verb: str, wanted: Sequence[int]) -> list[int]:
        available = self._available(verb)
        if not wanted:
            first = self._steps.approval(available[0])
            return [step for step in available if self._steps.approval(step) == first]
        for step in wanted:
            if step not in available:
                state = self._steps.told(step).state
                there = ", ".join(map(str, sorted(available)))
                raise EditRefused(
                    f"Step {step} is {state}, so there is nothing to {verb}. I can {verb}: {there}. /history lists all."
                )
        return [step for step in available if step in wanted]

    def _turn_steps(self, verb: str, steps: Sequence[int]) -> list[EditStep]:
        self._recover()
        with explained(f"{verb} this"):
            turns = self._plan_turn(verb, steps)
            self._perform(verb, turns, {})
        return [self._steps.told(turn.step) for turn in turns]

    def _plan_turn(self, verb: str, steps: Sequence[int]) -> list[_Turn]:
        data = self._contents.of([file.was for step in steps for file in self._steps.last[step]])
        over: dict[str, State | None] = {}
        turns = []

        def bytes_of(kept: Kept) -> bytes:
            return data[kept.sha] if kept.sha in data else self._contents.of([kept])[kept.sha]

        for done, step in enumerate(steps):
            changes, clashes = [], {}
            reason = str(self._steps.edit(step).about["reason"])
            for file in self._steps.last[step]:
                current = over[file.path] if file.path in over else self._tree.read(file.path)
                try:
                    becomes = turned(current, file.now, file.was, verb, bytes_of)
                except Clash as clash:
                    clashes[file.path] = str(clash)
                    continue
                folders = self._tree.missing_folders(file.path) if becomes else file.folders
                changes.append(FileChange(file.path, current, becomes, folders))
                over[file.path] = becomes
            if clashes:
                raise conflict(verb, step, reason, steps[:done], clashes)
            turns.append(_Turn(step, f"{verb.capitalize()} step {step}: {reason}", tuple(changes)))
        return turns

    def _perform(self, kind: str, turns: Sequence[_Turn], about: dict[str, object]) -> None:
        """Store contents, write the intent, swap the files, record the operation; or restore everything and raise."""
        net: dict[str, FileChange] = {}
        for change in (change for turn in turns for change in turn.changes):
            first = net.get(change.path, change)
            net[change.path] = FileChange(
                change.path, first.was, change.now, merge_folders(first.folders, change.folders)
            )
        emptied = {folder for change in net.values() if change.now is None for folder in change.folders}
        swaps = [change for change in net.values() if change.was != change.now]
        for change in swaps:
            if change.was and change.was.names > 1:
                raise EditRefused(
                    f"{change.path!r} is one of {change.was.names} names of the same file (hard links). Editing it would "
                    f"part them, or change all. Give it contents of its own: cp -p {change.path} new; mv new {change.path}"
                )
        self._steps.attempts += 1
        store, number = self._contents.store, self._steps.attempts
        before = {path: change.was for path, change in net.items()}
        chapters = [Chapter(turn.title, {change.path: change.now for change in turn.changes}) for turn in turns]
        with Durable() as durable:
            names = store.keep(before, chapters, durable)

            def kept(file: State | None) -> Kept | None:
                return Kept(file.sha, names[file.sha], file.mode, self._contents.name) if file else None

            moves = tuple(
                Move(turn.step, tuple(Moved(c.path, kept(c.was), kept(c.now), c.folders) for c in turn.changes))
                for turn in turns
            )
            operation = Operation(number, kind, moment(), self.session, secrets.token_hex(4), moves, about)
            try:
                self._journal.begin(operation, durable)
                self._tree.stage(swaps, operation.token, durable)
                durable.settle()
                store.hold(f"{self._refs}/{number}")
                self._tree.swap(swaps, operation.token, emptied)
                self._journal.done(operation)
                self._steps.count(operation)
            except BaseException:
                self._steps = EditSteps(
                    self._journal.operations(), attempts=number
                )  # an interrupt may come after it was done
                self._recover()
                self.recovered = ""  # the caller gets the error instead
                raise

    def _recover(self) -> None:
        """Restore the files of an operation that was begun and not finished. Files that the user edited since stay."""
        intent = self._journal.intent()
        if intent is None:
            return
        net = intent.net
        with explained(f"put back what I had begun ({self._journal.folder} keeps it, and I shall try again)"):
            self._tree.sweep(net, intent.token)
            swapped, left = [], []
            for file in net.values():
                try:
                    found = self._tree.read(file.path)
                except EditRefused:
                    left.append(file.path)
                    continue
                if matches_stored(found, file.now) and file.now != file.was:
                    swapped.append((file, found))
                elif not matches_stored(found, file.was):
                    left.append(file.path)
            # Only files that were swapped: before that, their contents may not have been stored yet.
            try:
                data = self._contents.of([file.was for file, _ in swapped])
            except Damaged as why:
                raise Damaged(
                    f"{why} My last {intent.kind} was broken off half-way, and these files are as it left them: "
                    f"{', '.join(repr(file.path) for file, _ in swapped)}. To keep them so and go on: "
                    f"rm {self._journal.folder / 'intent'}"
                ) from None
            back = [FileChange(file.path, found, state(file.was, data)) for file, found in swapped]
            emptied = {folder for file in net.values() if file.was is None for folder in file.folders}
            with Durable() as durable:
                self._tree.stage(back, intent.token, durable)
                durable.settle()
            self._tree.swap(back, intent.token, emptied)
            self._journal.drop()
        self.recovered = (
            f"My last {intent.kind} was broken off half-way, so I put the files back as they were before it."
        )
        if left:
            self.recovered += f" These were edited since, and I left them alone: {', '.join(map(repr, left))}."
