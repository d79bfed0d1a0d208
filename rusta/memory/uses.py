"""How often an entry was brought up, and whether it helped: one line a use, in a file that outlives the index.

The truth is `uses.jsonl` beside the index: appended to in one write, readable with any tool, never in the entries
themselves, because what a person wrote is not to be rewritten on every answer. An entry that moved keeps its uses.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path


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


class Uses:
    """The counts. `file` None keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
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
            size = self.file.stat().st_size
            if size == self._read:
                return
            if size < self._read:  # somebody shortened it: begin again
                self._read, self._of = 0, {}
            with os.fdopen(os.open(self.file, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                file.seek(self._read)
                new = file.read()
        except OSError:
            return
        whole = new[: new.rfind(b"\n") + 1]  # a line that is still being written is read the next time
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                said = json.loads(line)
                path, at = str(said["path"]), float(said["at"])
            except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
                continue  # a line that somebody tore by hand costs that line
            if "was" in said:
                self._of[path] = self._of.pop(str(said["was"]), Used())
            else:
                before = self._of.get(path, Used())
                self._of[path] = Used(before.times + 1, before.helped + bool(said.get("helped")), at)
