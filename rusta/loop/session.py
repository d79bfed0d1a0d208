"""A conversation on disk: one JSONL file, a line an event, appended as it happens and never rewritten."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

    @property
    def id(self) -> str:
        """The name to resume it by."""
        return self.path.stem

    def add(self, turn: Turn, **facts: object) -> None:
        """Append a turn, on disk before this returns. `facts` are kept with it."""
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


def begin(folder: Path) -> Session:
    """A new session, named by the moment it began."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S")
    return Session(folder / f"{moment}_{secrets.token_hex(2)}.jsonl")


def resume(folder: Path, which: str) -> Session:
    """The session named `which`, or the newest for "last". Raises `NoSession`.

    A last line that a crash cut short is left out, and cut from the file so that the next turn starts a line.
    """
    known = sorted(path for path in folder.glob("*.jsonl"))
    path = known[-1] if which == "last" and known else folder / f"{which}.jsonl"
    if path not in known:
        there = ", ".join(p.stem for p in known[-5:]) or "none yet"
        raise NoSession(f"There is no session {which!r} in {folder}. The newest: {there}. Go on with one: resume=last")
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(path, len(whole))
    session = Session(path)
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
