"""Her steps, and what has become of each: the journal, read from its beginning."""

from collections.abc import Iterable
from dataclasses import dataclass

from rusta.tools.patch.journal import Moved, Operation
from rusta.tools.patch.refusals import EditRefused


@dataclass(frozen=True)
class EditStep:
    """One edit of hers. `before` and `after` are diagnostics, as JSON knows them.

    `approval` is the number of the first step that was approved together with this one, often its own. `lessons` are the
    journal entries that were written because of it.
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
    state: str  # "standing", "undone" (redo brings it back) or "abandoned" (undone, and another edit came after)


class EditSteps:
    """All steps of a workspace, counted from its operations."""

    def __init__(self, operations: Iterable[Operation], attempts: int = 0) -> None:
        self.edits: list[Operation] = []  # step n is edits[n - 1]
        self.standing: list[int] = []
        self.undone: list[int] = []  # the last one is the next to redo
        self.last: dict[int, tuple[Moved, ...]] = {}  # what the last operation on a step did
        self.attempts = attempts  # numbers given to operations, those that failed among them
        for operation in operations:
            self.count(operation)

    def count(self, operation: Operation) -> None:
        """One more operation was done."""
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
        """The operation that made a step. Raises `EditRefused` where there is none of that number."""
        if not 1 <= step <= len(self.edits):
            raise EditRefused(
                f"There is no step {step}. I have made {len(self.edits)} in this workspace: /history lists them."
            )
        return self.edits[step - 1]

    def made_folders(self) -> set[str]:
        """Folders that are there because of her."""
        return {folder for step in self.standing for file in self.last[step] if file.now for folder in file.folders}

    def told(self, step: int) -> EditStep:
        """A step, as others see it."""
        edit, about = self.edit(step), self.edit(step).about
        state = "standing" if step in self.standing else "undone" if step in self.undone else "abandoned"
        return EditStep(step, edit.at, edit.session, str(about["reason"]), str(about["trade_off"]), about["before"],
                    about["after"], tuple(edit.net), self.approval(step), tuple(map(str, _list(about.get("lessons")))), state)  # fmt: skip

    def approval(self, step: int) -> int:
        """The first of the steps that were approved together with a step; a journal from before this was kept names none."""
        first = self.edit(step).about.get("approval")
        return first if isinstance(first, int) else step


def _list(said: object) -> list[object]:
    return said if isinstance(said, list) else []


def layered(edits: Iterable[Operation]) -> list[dict[str, Moved]]:
    """What edits did to each path, as one where they followed on each other; in a further layer where a person came between."""
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
