"""Counts of how often an entry was recalled and whether it helped: one line per use, in a file that outlives the index.

The counts are kept in `uses.jsonl` beside the index, appended in one write and readable with any tool, and not in the
entries: a person's file must not be rewritten with every answer. An entry that is moved keeps its counts.

A file with unreadable lines is set aside whole, and its other lines are copied to a new one. Not covered: a use that
another process counts at that moment; it stays in the file that was set aside.
"""

import json
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rusta.core.derived_files import MISSHAPEN, MOST, make_way, set_aside
from rusta.core.home import whole_file
from rusta.core.output import aside

TORN_S = 0.02  # an incomplete line may still be being written; after this time it counts as torn


@dataclass(frozen=True, slots=True)
class Used:
    """The counts of one entry. `last` is in seconds since 1970."""

    times: int = 0
    helped: int = 0
    last: float = 0.0

    @property
    def worth(self) -> float:
        """Estimated probability that it helps next time: 0.5 without data (Laplace's rule of succession)."""
        return (self.helped + 1) / (self.times + 2)


class UseCounts:
    """Use counts of all entries. `file` None stores nothing. `say` is told of a damaged file."""

    def __init__(self, file: Path | None, say: Callable[[str], None] = aside) -> None:
        self.file, self.say = file, say
        self._read = 0
        self._of: dict[str, Used] = {}
        self.lost = 0  # number of counts that could not be written

    def of(self, path: str) -> Used:
        """Return the counts of one entry, including those that other processes have written."""
        self._catch_up()
        return self._of.get(path, Used())

    def used(self, path: str, helped: bool) -> None:
        """Count one use. If the file cannot be written, the count is dropped and added to `lost`."""
        self._append({"at": int(time.time()), "path": path, "helped": helped})

    def moved(self, old: str, new: str) -> None:
        """Move the counts of the entry `old` to `new`."""
        self._catch_up()
        if old in self._of:
            self._append({"at": int(time.time()), "path": new, "was": old})

    def _append(self, line: dict[str, object]) -> None:
        if self.file is None:
            return
        raw = f"{json.dumps(line)}\n".encode()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            make_way(self.file, self.say)
            # Do not block on a pipe. Opened for reading too, to detect an incomplete last line.
            handle = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o644)
            try:
                size = os.fstat(handle).st_size
                torn = bool(size) and os.pread(handle, 1, size - 1) != b"\n"
                if os.write(handle, b"\n" * torn + raw) != len(raw) + torn:
                    raise OSError
            finally:
                os.close(handle)
        except OSError:  # a count is not essential
            self.lost += 1

    def _catch_up(self) -> None:
        if self.file is None:
            return
        try:
            status = self.file.stat()
            if stat.S_ISREG(status.st_mode) and status.st_size == self._read:
                return
            make_way(self.file, self.say)
            if status.st_size > MOST:
                set_aside(self.file, f"more than {MOST} bytes", self.say)
            if status.st_size < self._read:  # the file was shortened: read it from the start
                self._read, self._of = 0, {}
            new = self._from(self._read)
        except OSError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        lines = whole.splitlines(keepends=True)
        readable = [line for line in lines if self._counted(line)]
        torn = len(lines) - len(readable) + (whole != new)
        if torn and self._read == 0:  # otherwise the next process that reads from the start repairs it
            whole = self._made_anew(readable, torn)
        self._read += len(whole)

    def _from(self, start: int) -> bytes:
        """Read the file from an offset. Waits briefly for an incomplete last line."""
        assert self.file is not None
        with self.file.open("rb") as file:
            file.seek(start)
            new = file.read(MOST)
            if new and not new.endswith(b"\n"):
                time.sleep(TORN_S)
                new += file.read(MOST)
        return new

    def _counted(self, line: bytes) -> bool:
        """Add the count in a line; return whether the line could be read."""
        try:
            said = json.loads(line)
            path, at = str(said["path"]), float(said["at"])
        except MISSHAPEN:
            return False
        if "was" in said:
            self._of[path] = self._of.pop(str(said["was"]), Used())
        else:
            before = self._of.get(path, Used())
            self._of[path] = Used(before.times + 1, before.helped + bool(said.get("helped")), at)
        return True

    def _made_anew(self, readable: list[bytes], torn: int) -> bytes:
        assert self.file is not None
        kept = b"".join(readable)
        if set_aside(self.file, f"lines that cannot be read: {torn}", self.say):
            with (
                suppress(OSError),
                whole_file(self.file) as out,
            ):  # if it cannot be written, the counts are kept in memory only
                out.write(kept)
        return kept
