"""How often an entry was brought up, and whether it helped: one line a use, in a file that outlives the index.

The truth is `uses.jsonl` beside the index: appended to in one write, readable with any tool, never in the entries
themselves, because what a person wrote is not to be rewritten on every answer. An entry that moved keeps its uses.

A file with lines that cannot be read is set aside whole, and its other lines go into a new one. Not covered: a use that
another process counts in that moment, which is in the file that is set aside.
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

TORN_S = 0.02  # a line without an end is still being written; after this it is torn


@dataclass(frozen=True, slots=True)
class Used:
    """What became of an entry so far. `last` is in seconds since 1970."""

    times: int = 0
    helped: int = 0
    last: float = 0.0

    @property
    def worth(self) -> float:
        """How likely it helps next time, from what it did: 0.5 where nothing is known (Laplace's rule)."""
        return (self.helped + 1) / (self.times + 2)


class UseCounts:
    """The counts. `file` None keeps nothing. `say` is told of a file that was damaged."""

    def __init__(self, file: Path | None, say: Callable[[str], None] = aside) -> None:
        self.file, self.say = file, say
        self._read = 0
        self._of: dict[str, Used] = {}
        self.lost = 0  # that could not be written

    def of(self, path: str) -> Used:
        """The uses of one entry, with what other processes wrote since."""
        self._catch_up()
        return self._of.get(path, Used())

    def used(self, path: str, helped: bool) -> None:
        """Count one use. A home that takes no writing, or is full, loses the count and nothing else (`lost`)."""
        self._append({"at": int(time.time()), "path": path, "helped": helped})

    def moved(self, old: str, new: str) -> None:
        """What was `old` lies at `new` now."""
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
            # A pipe is not waited for; and what lies there is read, to be able to end a line that was cut.
            handle = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o644)
            try:
                size = os.fstat(handle).st_size
                torn = bool(size) and os.pread(handle, 1, size - 1) != b"\n"
                if os.write(handle, b"\n" * torn + raw) != len(raw) + torn:
                    raise OSError
            finally:
                os.close(handle)
        except OSError:  # nothing that is said depends on a count
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
            if status.st_size < self._read:  # somebody shortened it: begin again
                self._read, self._of = 0, {}
            new = self._from(self._read)
        except OSError:
            return
        whole = new[: new.rfind(b"\n") + 1]
        lines = whole.splitlines(keepends=True)
        readable = [line for line in lines if self._counted(line)]
        torn = len(lines) - len(readable) + (whole != new)
        if torn and self._read == 0:  # otherwise whoever reads from the beginning mends it
            whole = self._made_anew(readable, torn)
        self._read += len(whole)

    def _from(self, start: int) -> bytes:
        """The file from a byte on. A last line without an end is waited for, a little."""
        assert self.file is not None
        with self.file.open("rb") as file:
            file.seek(start)
            new = file.read(MOST)
            if new and not new.endswith(b"\n"):
                time.sleep(TORN_S)
                new += file.read(MOST)
        return new

    def _counted(self, line: bytes) -> bool:
        """Count what a line says; whether it says anything."""
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
            ):  # without a home that takes it, the counts are of this time
                out.write(kept)
        return kept
