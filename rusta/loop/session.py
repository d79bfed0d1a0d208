"""A conversation on disk: one JSONL file, a line an event, appended as it happens and never rewritten."""

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

LARGEST = 100_000_000
"""Bytes of a session that are read. A long day of work leaves one or two million."""


class NoSession(RustaError):
    """There is no session of that name, or it is none of hers."""


class NotKept(RustaError):
    """What is said cannot be written down."""


@dataclass
class Session:
    """What was said, in memory and on disk. Nothing is written before the first turn."""

    path: Path
    turns: list[Turn] = field(default_factory=list)
    resumed: int = 0  # turns that are of an earlier sitting
    start: int = 0  # bytes that are
    workspace: str = ""  # the root of the crate it began in; nothing outside of one

    @property
    def id(self) -> str:
        """The name to resume it by."""
        return self.path.stem

    def add(self, turn: Turn, **facts: object) -> None:
        """Append a turn, on disk before this returns. `facts` are kept with it."""
        if self.workspace and not self.turns:
            facts = {"workspace": self.workspace, **facts}
        self.turns.append(turn)
        self._append({"type": "turn", "at": now(), "role": turn.role.value, "text": turn.text, **facts})

    def take_back(self) -> Turn:
        """Forget the last exchange, here and for whoever resumes. Returns its question; its lines stay on disk."""
        question = self.turns[-2]
        del self.turns[-2:]
        self._append({"type": "taken back", "at": now()})
        return question

    def note(self, line: Mapping[str, object]) -> None:
        """Append something that happened and was not said: an event of her loop. Who resumes passes over it."""
        self._append(line)

    def _append(self, line: Mapping[str, object]) -> None:
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        with _or_not_kept(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    while data:  # a disk that fills up takes a part, and says so only when asked again
                        data = data[os.write(descriptor, data) :]
                    os.fsync(descriptor)
                except OSError:
                    with suppress(OSError):
                        os.ftruncate(descriptor, size)  # half a line would spoil the next one
                    raise
            finally:
                os.close(descriptor)


@contextmanager
def _or_not_kept(path: Path) -> Iterator[None]:
    """What the system refuses, as a sentence. Raises `NotKept`."""
    try:
        yield
    except OSError as error:
        raise NotKept(
            f"{path} cannot be written ({error.strerror}), and what we say would be lost. Make room or let me write there, "
            "or give me another home: RUSTA_HOME=PATH"
        ) from None


def begin(folder: Path, workspace: str = "") -> Session:
    """A new session, named by the moment it began, as the clock on the wall had it.

    Raises `NotKept` where it could not be written: before she thinks.
    """
    there = next((at for at in (folder, *folder.parents) if os.path.lexists(at)), Path("/"))
    with _or_not_kept(folder):
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    moment = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    return Session(folder / f"{moment}_{secrets.token_hex(2)}.jsonl", workspace=workspace)


def names(folder: Path) -> list[str]:
    """The sessions in a folder, by the names to resume them by, oldest first. What is no file is no session."""
    with suppress(OSError), os.scandir(folder) as found:
        return sorted(one.name.removesuffix(".jsonl") for one in found if one.name.endswith(".jsonl") and one.is_file())
    return []


def resume(folder: Path, which: str, workspace: str | None = None) -> Session:
    """The session named `which`, or the newest for "last": of this workspace, or of any where None is given.

    Raises `NoSession`. A last line that a crash cut short is left out, and cut from the file so that the next turn starts
    a line.
    """
    known = names(folder)
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
            if said.get("type") == "taken back":
                del session.turns[-2:]
            elif said.get("type") == "turn":
                said["text"].encode()  # a number has none, and half of a surrogate pair is no text
                turn = Turn(Role(said["role"]), said["text"])
                if session.turns and session.turns[-1].role is turn.role:
                    session.turns.pop()  # a question that was never answered, and asked again
                session.turns.append(turn)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            raise NoSession(f"{path}:{number} is not a line I wrote. Mend or remove it; the rest is fine.") from None
    if session.turns and session.turns[-1].role is Role.PERSON:
        session.turns.pop()  # she was killed before she answered
    session.resumed, session.start = len(session.turns), len(whole)
    return session


def _read(path: Path) -> bytes:
    """The bytes of a session. Raises `NoSession` for what is no file, or too large to be one of hers."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for, for ever
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
            raise NoSession(f"{path} is no session of mine: not a file, or larger than {LARGEST // 10**6} MB.")
        return file.read()


def lines(path: Path) -> Iterator[dict[str, object]]:
    """What a session's file holds, line by line, without what cannot be read; nothing is changed in it."""
    if not path.is_file():  # a pipe would be waited for
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
    """The root of the crate that a session began in; nothing outside of one, or where an earlier version wrote it."""
    first = next((line for line in lines(path) if line.get("type") == "turn"), {})
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
