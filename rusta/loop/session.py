"""A conversation on disk: one JSONL file, one event per line, appended as it happens and never rewritten."""

import errno
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.output import now
from rusta.identity.turns import Role, Turn
from rusta.loop.events import SCHEMA

LARGEST = 100_000_000
"""Largest session file that is read, in bytes. A long day of work leaves one or two million."""


class NoSession(RustaError):
    """There is no session of that name, or the file is not a valid session."""


class NotKept(RustaError):
    """The session cannot be written."""


@dataclass
class Session:
    """A conversation in memory and on disk. Nothing is written before the first turn."""

    path: Path
    turns: list[Turn] = field(default_factory=list)
    resumed: int = 0  # number of turns from before it was resumed
    start: int = 0  # number of bytes from before it was resumed
    workspace: str = ""  # the root of the crate it began in; "" outside of one

    @property
    def id(self) -> str:
        """The name to resume it by."""
        return self.path.stem

    def add(self, turn: Turn, **facts: object) -> None:
        """Append a turn, written to disk before this returns. `facts` are stored in the same line."""
        if self.workspace and not self.turns:
            facts = {"workspace": self.workspace, **facts}
        self.turns.append(turn)
        self._append({"type": "turn", "at": now(), "role": turn.role.value, "text": turn.text, **facts})

    def take_back(self) -> Turn:
        """Remove the last exchange, also for a later resume, and return its question. Its lines stay on disk."""
        question = self.turns[-2]
        del self.turns[-2:]
        self._append({"type": "taken back", "at": now()})
        return question

    def note(self, line: Mapping[str, object]) -> None:
        """Append an event that is not a turn. Resuming a session skips it."""
        self._append(line)

    def _append(self, line: Mapping[str, object]) -> None:
        with _or_not_kept(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                first = {} if size else {"schema": SCHEMA}
                data = (json.dumps({**line, **first}, ensure_ascii=False) + "\n").encode()
                try:
                    while data:  # a full disk writes a part first, and fails only at the next write
                        data = data[os.write(descriptor, data) :]
                    os.fsync(descriptor)
                except OSError:
                    with suppress(OSError):
                        os.ftruncate(descriptor, size)  # a partial line would corrupt the next one
                    raise
            finally:
                os.close(descriptor)


@contextmanager
def _or_not_kept(path: Path) -> Iterator[None]:
    """Convert an `OSError` into `NotKept`, with a sentence for the user."""
    try:
        yield
    except OSError as error:
        raise NotKept(
            f"{path} cannot be written ({error.strerror}), and what we say would be lost. Make room or let me write there, "
            "or give me another home: RUSTA_HOME=PATH"
        ) from None


def begin(folder: Path, workspace: str = "") -> Session:
    """Return a new session, named by the local time at which it began.

    Raises `NotKept` if it could not be written, so that this is known before the model runs.
    """
    there = next((at for at in (folder, *folder.parents) if os.path.lexists(at)), Path("/"))
    with _or_not_kept(folder):
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    moment = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    return Session(folder / f"{moment}_{secrets.token_hex(2)}.jsonl", workspace=workspace)


def session_names(folder: Path) -> list[str]:
    """Return the session names in a folder, oldest first. Anything that is not a regular file is skipped."""
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(one.name.removesuffix(".jsonl") for one in found if one.name.endswith(".jsonl") and one.is_file())
    return []


def resume(folder: Path, which: str, workspace: str | None = None) -> Session:
    """Load the session named `which`, or the newest for "last": of this workspace, or of any if None is given.

    Raises `NoSession`. A last line that a crash cut short is left out, and removed from the file so that the next turn
    starts a new line.
    """
    known = session_names(folder)
    path = folder / f"{which}.jsonl"
    if which == "last":
        own = (name for name in reversed(known) if workspace in (None, begun_in(folder / f"{name}.jsonl")))
        path = folder / f"{next(own, which)}.jsonl"
    if path.stem not in known or path.parent != folder:
        raise _absent(folder, which, workspace, known)
    try:
        data = _read(path)
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            os.truncate(path, len(whole))
    except OSError as error:
        raise NoSession(f"{path} cannot be read and written ({error.strerror}). Let me: chmod u+rw") from None
    session = Session(path, workspace=begun_in(path))
    for number, line in enumerate(whole.decode("utf-8", errors="replace").split("\n")[:-1], 1):
        try:
            said = json.loads(line)
            if number == 1 and said.get("schema", SCHEMA) > SCHEMA:
                raise NoSession(
                    f"{path} was written by a newer version of me (schema {said['schema']}, and I read up to {SCHEMA}). "
                    "I leave it as it is. Bring me up to date, or begin anew: rusta chat"
                )
            if said.get("type") == "taken back":
                del session.turns[-2:]
            elif said.get("type") == "turn":
                said["text"].encode()  # raises for a number and for an unpaired surrogate
                turn = Turn(Role(said["role"]), said["text"])
                if session.turns and session.turns[-1].role is turn.role:
                    session.turns.pop()  # an unanswered question that was asked again
                session.turns.append(turn)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            raise NoSession(f"{path}:{number} is not a line I wrote. Mend or remove it; the rest is fine.") from None
    if session.turns and session.turns[-1].role is Role.PERSON:
        session.turns.pop()  # the process was killed before it answered
    session.resumed, session.start = len(session.turns), len(whole)
    return session


def _read(path: Path) -> bytes:
    """Return the bytes of a session. Raises `NoSession` for what is not a regular file, or larger than `LARGEST`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # opening a named pipe would block
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise NoSession(f"{path} is no session of mine: not a file, or larger than {LARGEST // 10**6} MB.")
        return file.read()


def json_lines(path: Path) -> Iterator[dict[str, object]]:
    """Yield the JSON objects of a session file, skipping lines that cannot be parsed. The file is not changed."""
    if not path.is_file():  # opening a named pipe would block
        return
    with suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict):
                yield said


def begun_in(path: Path) -> str:
    """Return the root of the crate that a session began in; "" outside of one, or for an older file format."""
    first = next((line for line in json_lines(path) if line.get("type") == "turn"), {})
    return str(first.get("workspace", ""))


def _absent(folder: Path, which: str, workspace: str | None, known: list[str]) -> NoSession:
    newest = ", ".join(known[-5:]) or "none yet"
    if which == "last" and known:
        where = f"of {workspace}" if workspace else "begun outside of a crate"
        return NoSession(
            f"There is no conversation {where} yet. The newest elsewhere: {newest}. Go on with one: resume=NAME. "
            "All of them: rusta sessions"
        )
    return NoSession(f"There is no session {which!r} in {folder}. The newest: {newest}. Go on with one: resume=last")
