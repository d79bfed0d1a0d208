"""The operations done in a workspace, in order: one file each, named `intent` until the operation is done.

Renaming the intent records the operation. A process that dies before leaves an intent, from which the
next one restores the files.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rusta.core.derived_files import MISSHAPEN, make_way
from rusta.core.regular_file import read_file
from rusta.tools.patch.durable import Durable, write_all
from rusta.tools.patch.refusals import Damaged
from rusta.tools.patch.tree import State

LARGEST = 1 << 28  # bytes of an operation; an edit of a thousand files has about a million


@dataclass(frozen=True)
class Kept:
    """A file's state, with its bytes by reference: their sha256, and the store's name for them."""

    sha: str
    name: str
    mode: int
    store: str

    def fits(self, state: State | None) -> bool:
        """Return whether a file still has exactly this state."""
        return state is not None and (state.sha, state.mode) == (self.sha, self.mode)


@dataclass(frozen=True)
class Moved:
    """What an operation did to one path; `None` is no file. `folders` were made, or removed, with the file."""

    path: str
    was: Kept | None
    now: Kept | None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """What an operation did for one step."""

    step: int
    files: tuple[Moved, ...]


@dataclass(frozen=True)
class Operation:
    """An edit, an undo or a redo. `moves` are in the order in which they were made."""

    number: int
    kind: str  # "edit", "undo" or "redo"
    at: str
    session: str
    token: str  # part of the names of staged files
    moves: tuple[Move, ...]
    about: dict[str, object] = field(
        default_factory=dict
    )  # of an edit: reason, trade_off, before, after, approval, lessons

    @property
    def net(self) -> dict[str, Moved]:
        """The total change of each path over all moves."""
        over: dict[str, Moved] = {}
        for file in (file for move in self.moves for file in move.files):
            first = over.get(file.path, file)
            over[file.path] = Moved(file.path, first.was, file.now, merge_folders(first.folders, file.folders))
        return over


def merge_folders(*folders: Iterable[str]) -> tuple[str, ...]:
    """Return the folders made or removed with a file over several steps, each once, outermost first."""
    return tuple(sorted({folder for some in folders for folder in some}))


class EditJournal:
    """The operations of one workspace, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._intent = folder / "intent"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def operations(self) -> list[Operation]:
        """Return all that were done, in order. Raises `Damaged` for one that cannot be read."""
        return [_read(path) for path in sorted(self.folder.glob("[0-9]*.json"))]

    def intent(self) -> Operation | None:
        """Return the operation that was begun and not done, or None. Raises `Damaged` if it is not a readable file."""
        try:
            return _read(self._intent) if self._intent.exists() else None
        except Damaged as why:
            if isinstance(why.__cause__, OSError):
                raise
            return None  # a power cut can truncate it only before it was settled, when no file had been touched

    def begin(self, operation: Operation, durable: Durable) -> None:
        """Write the intent, for `durable` to settle."""
        durable.add(self._write(self._intent, operation))

    def done(self, operation: Operation) -> None:
        """Rename the intent, which records the operation as done."""
        self._intent.rename(self._path(operation))
        self._sync()

    def drop(self) -> None:
        """Remove the intent, after what it began was reverted."""
        self._intent.unlink(missing_ok=True)
        self._sync()

    def amend(self, operation: Operation) -> None:
        """Rewrite the file of a done operation."""
        descriptor = self._write(self._path(operation), operation)
        os.close(descriptor)

    def _path(self, operation: Operation) -> Path:
        return self.folder / f"{operation.number:08d}.json"

    def _write(self, path: Path, operation: Operation) -> int:
        """Replace a file atomically and return its descriptor; a crash meanwhile leaves the old file and `making`."""
        making = self.folder / "making"  # one process at a time: the workspace is locked
        make_way(making)
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, json.dumps(asdict(operation)).encode())
            making.replace(path)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path) -> Operation:
    try:
        raw = json.loads(read_file(path, LARGEST))
        moves = tuple(Move(move["step"], tuple(_moved(file) for file in move["files"])) for move in raw.pop("moves"))
        return Operation(moves=moves, **raw)
    except (OSError, *MISSHAPEN) as error:
        raise Damaged(
            f"{path} is not as I wrote it ({error}), so I do not trust what /undo would do in this workspace. "
            f"Restore the file, or move {path.parent} away to begin a new history."
        ) from error


def _moved(raw: dict) -> Moved:
    kept = [Kept(**raw[side]) if raw[side] else None for side in ("was", "now")]
    return Moved(raw["path"], kept[0], kept[1], tuple(raw["folders"]))
