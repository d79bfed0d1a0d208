"""Proposed edits that were not made, stored beside the workspace's undo history until applied or displaced.

An edit consists of parts, one per link of the chain that was checked as a whole: they are offered only together, and
each becomes a step with its own reason.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.core.home import NoRoom, write_atomically
from rusta.core.output import now
from rusta.tools.patch import EditHistory, EditRefused, EditStep

MOST = 20  # proposals of one workspace; the oldest is dropped first


class NoProposal(RustaError):
    """There is no proposal of that number."""


@dataclass(frozen=True)
class ProposalPart:
    """One step of an edit. `files` are whole contents before and after, by path; None means no file."""

    reason: str
    trade_off: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    files: Mapping[str, tuple[bytes | None, bytes | None]]
    diff: str


@dataclass(frozen=True)
class Proposal:
    """An edit that waits for approval."""

    number: int
    at: str
    reason: str
    trade_off: str
    diff: str
    parts: tuple[ProposalPart, ...]

    @property
    def paths(self) -> list[str]:
        """The files that it changes."""
        return sorted({path for part in self.parts for path in part.files})


class Proposals:
    """The proposals of one workspace, in their own file; only the holder of the workspace's history may write it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> list[Proposal]:
        """Return the waiting proposals, oldest first. An unreadable file counts as empty: nothing else is lost."""
        try:
            return [_read(raw) for raw in self._raw()["waiting"]]
        except (KeyError, TypeError, ValueError):
            return []

    def get(self, number: int | None) -> Proposal:
        """Return the proposal of that number, or the newest for None. Raises `NoProposal`."""
        waiting = self.all()
        found = [one for one in waiting if number in (None, one.number)]
        if not found:
            there = ", ".join(str(one.number) for one in waiting)
            what = (
                "No proposal waits here"
                if number is None or not there
                else f"There is no proposal {number}. There is: {there}"
            )
            raise NoProposal(f"{what}. /proposals lists them.")
        return found[-1]

    def keep(self, reason: str, trade_off: str, diff: str, parts: Sequence[ProposalPart]) -> int:
        """Store a proposal and return its number, which is not reused; the same diff keeps its number."""
        waiting = self.all()
        known = next((one.number for one in waiting if one.diff == diff), None)
        last = max([self._last(), *(one.number for one in waiting)])
        number = known or last + 1
        waiting = [one for one in waiting if one.number != number]
        self._write(
            [*waiting, Proposal(number, now(), reason, trade_off, diff, tuple(parts))][-MOST:], max(last, number)
        )
        return number

    def drop(self, number: int) -> None:
        """Remove a proposal."""
        self._write([one for one in self.all() if one.number != number], self._last())

    def _last(self) -> int:
        last = self._raw().get("last", 0)
        return last if isinstance(last, int) else 0

    def _raw(self) -> dict[str, Any]:
        try:
            raw = json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            return {"waiting": [], "last": 0}
        return raw if isinstance(raw, dict) else {}

    def _write(self, waiting: Sequence[Proposal], last: int) -> None:
        write_atomically(self.file, json.dumps({"last": last, "waiting": [_as_json(one) for one in waiting]}) + "\n")


def apply_proposal(history: EditHistory, parts: Sequence[ProposalPart]) -> list[EditStep]:
    """Apply an edit to the workspace, each part as a step, all under one approval; or none of them.

    Raises `EditRefused` (`Stale` if a file has changed since) and `NoRoom`; then nothing was changed.
    """
    made: list[EditStep] = []
    standing = _standing(history)
    try:
        for part in parts:
            expected = {path: was for path, (was, _) in part.files.items()}
            changes = {path: becomes for path, (_, becomes) in part.files.items()}
            first = made[0].number if made else None
            made.append(
                history.apply(
                    changes,
                    part.reason,
                    part.trade_off,
                    list(part.before),
                    list(part.after),
                    expected=expected,
                    approval=first,
                )
            )
    except (EditRefused, NoRoom, KeyboardInterrupt):
        if more := _standing(history) - standing:  # counted anew: Ctrl-C may come right after a step was applied
            history.undo(more)
        raise
    return made


def _standing(history: EditHistory) -> int:
    return sum(step.state == "standing" for step in history.steps())


def _as_json(one: Proposal) -> dict[str, Any]:
    parts = [
        {**vars(part), "files": {path: [_text(side) for side in sides] for path, sides in part.files.items()}}
        for part in one.parts
    ]
    return {**vars(one), "parts": parts}


def _read(raw: dict[str, Any]) -> Proposal:
    return Proposal(parts=tuple(_part(part) for part in raw.pop("parts")), **raw)


def _part(raw: dict[str, Any]) -> ProposalPart:
    files = {path: (_bytes(was), _bytes(becomes)) for path, (was, becomes) in raw.pop("files").items()}
    return ProposalPart(files=files, before=tuple(raw.pop("before")), after=tuple(raw.pop("after")), **raw)


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
