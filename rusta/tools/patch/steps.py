"""The agent's edit steps and the state of each, computed by reading the journal from its beginning."""

from collections.abc import Iterable
from dataclasses import dataclass

from rusta.tools.patch.journal import Moved, Operation
from rusta.tools.patch.refusals import EditRefused


@dataclass(frozen=True)
class EditStep:
    """One edit by the agent. `before` and `after` are diagnostics as JSON values.

    `approval` is the number of the first step that was approved together with this one, often its own. `lessons` are
    the journal entries that were written because of it.
    """

    number: int
    at: str
    session: str
    reason: str
    trade_off: str
    before: object
    after: object
    paths: tuple[str, ...]
    approval: int
    lessons: tuple[str, ...]
    state: str  # "standing", "undone" (can be redone) or "abandoned" (undone, then another edit was made)


class EditSteps:
    """All steps of a workspace, computed from its operations."""

    def __init__(self, operations: Iterable[Operation], attempts: int = 0) -> None:
        self.edits: list[Operation] = []  # step n is edits[n - 1]
        self.standing: list[int] = []
        self.undone: list[int] = []  # the last one is the next to redo
        self.last: dict[int, tuple[Moved, ...]] = {}  # what the last operation on a step did
        self.attempts = attempts  # highest number given to an operation, including failed ones
        for operation in operations:
            self.count(operation)

    def count(self, operation: Operation) -> None:
        """Add an operation that was done."""
        self.attempts = max(self.attempts, operation.number)
        for move in operation.moves:
            self.last[move.step] = move.files
            if operation.kind == "undo":
                self.standing.remove(move.step)
                self.undone.append(move.step)
            else:
                self.standing.append(move.step)
            if operation.kind == "redo":
                self.undone.remove(move.step)
        if operation.kind == "edit":
            self.edits.append(operation)
            self.undone.clear()

    def edit(self, step: int) -> Operation:
        """Return the operation that made a step. Raises `EditRefused` for an unknown number."""
        if not 1 <= step <= len(self.edits):
            raise EditRefused(
                f"There is no step {step}. I have made {len(self.edits)} in this workspace: /history lists them."
            )
        return self.edits[step - 1]

    def made_folders(self) -> set[str]:
        """Return the folders that exist because of the agent's edits."""
        return {folder for step in self.standing for file in self.last[step] if file.now for folder in file.folders}

    def told(self, step: int) -> EditStep:
        """Return a step as the public `EditStep`."""
        edit, about = self.edit(step), self.edit(step).about
        state = "standing" if step in self.standing else "undone" if step in self.undone else "abandoned"
        return EditStep(step, edit.at, edit.session, str(about["reason"]), str(about["trade_off"]), about["before"],
                    about["after"], tuple(edit.net), self.approval(step), tuple(map(str, _list(about.get("lessons")))), state)  # fmt: skip

    def approval(self, step: int) -> int:
        """Return the first of the steps approved together with this one; `step` in journals without approvals."""
        first = self.edit(step).about.get("approval")
        return first if isinstance(first, int) else step


def _list(said: object) -> list[object]:
    return said if isinstance(said, list) else []


def layered(edits: Iterable[Operation]) -> list[dict[str, Moved]]:
    """Combine the edits of each path where they follow on each other; after an edit by the user, begin a new layer."""
    layers: list[dict[str, Moved]] = []
    for edit in edits:
        for path, file in edit.net.items():
            at = max((depth for depth, layer in enumerate(layers) if path in layer), default=-1)
            if at >= 0 and layers[at][path].now == file.was:
                layers[at][path] = Moved(path, layers[at][path].was, file.now)
                continue
            if at + 1 == len(layers):
                layers.append({})
            layers[at + 1][path] = file
    return layers
