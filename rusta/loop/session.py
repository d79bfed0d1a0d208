"""A conversation on disk: one JSONL file, a line an event, appended as it happens and never rewritten."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rusta.errors import RustaError
from rusta.identity.turns import Role, Turn
from rusta.terminal import now


class NoSession(RustaError):
    """There is no session of that name."""


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
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = (json.dumps(line, ensure_ascii=False) + "\n").encode()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while data:  # a disk that fills up takes a part, and says so only when asked again
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def begin(folder: Path, workspace: str = "") -> Session:
    """A new session, named by the moment it began, as the clock on the wall had it."""
    moment = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    return Session(folder / f"{moment}_{secrets.token_hex(2)}.jsonl", workspace=workspace)


def resume(folder: Path, which: str, workspace: str | None = None) -> Session:
    """The session named `which`, or the newest for "last": of this workspace, or of any where None is given.

    Raises `NoSession`. A last line that a crash cut short is left out, and cut from the file so that the next turn starts
    a line.
    """
    known = sorted(path for path in folder.glob("*.jsonl"))
    path = folder / f"{which}.jsonl"
    if which == "last":
        path = next((one for one in reversed(known) if workspace in (None, begun_in(one))), path)
    if path not in known:
        raise _absent(folder, which, workspace, known)
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(path, len(whole))
    session = Session(path, workspace=begun_in(path))
    for number, line in enumerate(whole.decode("utf-8", errors="replace").split("\n")[:-1], 1):
        try:
            said = json.loads(line)
            if said.get("type") == "taken back":
                del session.turns[-2:]
            elif said.get("type") == "turn":
                turn = Turn(Role(said["role"]), said["text"])
                if session.turns and session.turns[-1].role is turn.role:
                    session.turns.pop()  # a question that was never answered, and asked again
                session.turns.append(turn)
        except (ValueError, KeyError, AttributeError):
            raise NoSession(f"{path}:{number} is not a line I wrote. Mend or remove it; the rest is fine.") from None
    if session.turns and session.turns[-1].role is Role.PERSON:
        session.turns.pop()  # she was killed before she answered
    session.resumed, session.start = len(session.turns), len(whole)
    return session


def lines(path: Path) -> Iterator[dict[str, object]]:
    """What a session's file holds, line by line, without what cannot be read; nothing is changed in it."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                yield said


def begun_in(path: Path) -> str:
    """The root of the crate that a session began in; nothing outside of one, or where an earlier version wrote it."""
    first = next((line for line in lines(path) if line.get("type") == "turn"), {})
    return str(first.get("workspace", ""))


def _absent(folder: Path, which: str, workspace: str | None, known: list[Path]) -> NoSession:
    newest = ", ".join(path.stem for path in known[-5:]) or "none yet"
    if which == "last" and known:
        where = f"of {workspace}" if workspace else "begun outside of a crate"
        return NoSession(
            f"There is no conversation {where} yet. The newest elsewhere: {newest}. Go on with one: resume=NAME. "
            "All of them: rusta sessions"
        )
    return NoSession(f"There is no session {which!r} in {folder}. The newest: {newest}. Go on with one: resume=last")
