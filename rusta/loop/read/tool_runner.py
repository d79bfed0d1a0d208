"""Run the model's tool calls: each only reads, and returns a text short enough for a small context window.

What a call shows counts as read from then on (`workplace.Seen`), which is what permits editing it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.loop.attempt.actions import Call, CargoCall, Explain, Navigate, ReadCall, Recall, Search
from rusta.loop.gates.permissions import Deed
from rusta.loop.read.navigation import Navigator
from rusta.loop.read.note_checks import NoteChecks
from rusta.loop.read.turn_memory import TurnMemory, TurnSituation, since_text
from rusta.loop.read.workspace_map import WorkspaceMap
from rusta.loop.workplace import Workplace
from rusta.tools import items
from rusta.tools.present import present, shorten
from rusta.tools.workspace_files import read_file

LONGEST = 240  # lines of a file in one answer
WIDEST = 16_000  # characters of one answer: one long line of data could fill the context window and end the turn
MAP = 600  # tokens of the workspace's map in a turn
PAGE = 60  # lines of rustc --explain
HITS = 30  # places in one answer to a search
LARGEST = 2**20  # bytes of a file that is searched


@dataclass(frozen=True)
class Result:
    """The result of a call, as text for the model."""

    text: str
    ok: bool = True


class ToolRunner:
    """Runs the calls on one workplace."""

    def __init__(self, place: Workplace, memory: TurnMemory | None = None, notes: NoteChecks | None = None) -> None:
        self.place, self.memory, self.notes, self.maps = place, memory, notes, WorkspaceMap(place.root)
        self.navigator = Navigator(place)

    def close(self) -> None:
        """Stop rust-analyzer, if it was started."""
        self.navigator.close()

    def use(self, call: Call) -> Result:
        """Run a call. A failure is returned as a result too, for the model to react to."""
        try:
            match call:
                case ReadCall():
                    return self._read(call)
                case Search():
                    return self._search(call)
                case CargoCall():
                    return self._cargo(call)
                case Explain():
                    page = self.place.trial.explain(call.code)
                    return Result(shorten(page.whole, PAGE))
                case Navigate():
                    return self._navigate(call)
                case Recall():
                    return self._recall(call)
        except RustaError as refusal:
            return Result(str(refusal), False)
        except OSError as error:  # an unreadable file, or one removed since its folder was listed
            return Result(f"The disk says no: {error.strerror or error} ({error.filename}).", False)
        raise TypeError(f"{type(call).__name__} has no hand.")

    def map(self, request: str) -> str:
        """Return a short map of the workspace, with what the request names first."""
        return self.maps.draw(MAP, request, self.place.seen.files)

    def _read(self, call: ReadCall) -> Result:
        path = self._inside(call.path)
        if path is None or not path.is_file():
            near = ", ".join(sorted(name for name in self._files() if Path(name).name == Path(call.path).name)[:5])
            return Result(
                f"There is no file {call.path} in the workspace.{f' There is: {near}' if near else ''}", False
            )
        source = read_file(path)
        if call.item:
            found = items.find(source, call.item, call.path)
            if not found:
                known = ", ".join(item.path for item in items.items(source)[:20])
                return Result(f"{call.path} has no item {call.item}. It has: {known}", False)
            if (size := sum(item.end - item.start for item in found)) > WIDEST:
                first = found[0].line
                return Result(
                    f"{call.item} has {size} bytes. Read it by lines: first={first}, last={first + 99}", False
                )
            for item in found:
                self.place.seen.item(call.path, source[item.start : item.end])
            return Result(
                "\n\n".join(f"{call.path}:{item.line}\n{_text(source[item.start : item.end])}" for item in found)
            )
        rows = source.removesuffix(b"\n").split(b"\n")  # lines as rustc counts them
        lines = [_text(row).removesuffix("\r") for row in rows]
        first = max(1, call.first or 1)
        last = min(len(lines), call.last or len(lines), first + LONGEST - 1)
        if first <= len(lines) and len(lines[first - 1]) > WIDEST:
            said = f"Line {first} of {call.path} has {len(lines[first - 1])} characters, more than I take in at once."
            return Result(f"{said} It begins: {lines[first - 1][:200]}\n[go on with first={first + 1}]", False)
        sizes = accumulate(len(line) for line in lines[first - 1 : last])
        last = first - 1 + sum(size <= WIDEST for size in sizes)
        shown = lines[first - 1 : last]
        if first == 1 and last == len(lines):
            self.place.seen.file(call.path, source)
        for item in items.items(source) if path.suffix == ".rs" else []:
            ends = source.count(b"\n", 0, item.end) + 1
            if first <= item.line and ends <= last:
                self.place.seen.item(call.path, source[item.start : item.end])
        self.place.seen.item(call.path, b"\n".join(rows[first - 1 : last]))
        left = f"\n[{len(lines)} lines in all; go on with first={last + 1}]" if last < len(lines) else ""
        return Result("\n".join(f"{n:>4} {line}" for n, line in enumerate(shown, first)) + left)

    def _search(self, call: Search) -> Result:
        found: list[str] = []
        count = 0
        for name in self._files(call.path):
            path = self.place.root / name
            if path.stat().st_size > LARGEST or call.text.encode() not in (data := read_file(path, LARGEST)):
                continue
            for number, line in enumerate(_text(data).splitlines(), 1):
                if call.text in line:
                    count += 1
                    if len(found) < HITS:
                        found.append(f"{name}:{number}: {line.strip()[:160]}")
        if not found:
            return Result(f"{call.text!r} stands nowhere in {call.path or 'the workspace'}.", False)
        more = f"\n[{count - len(found)} more]" if count > len(found) else ""
        return Result("\n".join(found) + more)

    def _cargo(self, call: CargoCall) -> Result:
        place = self.place
        if call.what in ("test", "run", "miri"):
            deed = Deed.TEST if call.what == "test" else Deed.RUN
            said = place.permissions.may(deed, f"cargo {call.what} in the sandbox, on a copy")
            if not said.yes:
                return Result(f"The person did not allow cargo {call.what}: {said.why or 'no reason given'}.", False)
        place.scratch.sync()
        match call.what:
            case "check":
                report = place.trial.check()
            case "clippy":
                report = place.trial.clippy()
            case "test":
                report = place.trial.test(call.filter)
            case "run":
                report = place.trial.run(call.args)
            case "miri":
                report = place.trial.miri()
            case _:
                found = place.trial.fmt()
                return Result(
                    f"rustfmt would change: {', '.join(found.files)}" if found.files else "Nothing to format."
                )
        return Result(present(report), report.ok)

    def _navigate(self, call: Navigate) -> Result:
        path = self._inside(call.path)
        if path is None or not path.is_file():
            return Result(f"There is no file {call.path} in the workspace.", False)
        return Result(self.navigator.ask(call, path))

    def _recall(self, call: Recall) -> Result:
        if self.memory is None:
            return Result("I keep no diaries in this session (memory=ephemeral).", False)
        found = self.memory.remind(TurnSituation(call.about))
        found = self.notes.compared(found)[0] if self.notes else found
        texts = (f"[{one.path}, {one.age}]\n{one.text}{since_text(one)}" for one in found)
        return Result("\n\n".join(texts) or "I have written nothing about it.")

    def _inside(self, name: str) -> Path | None:
        path = Path(os.path.realpath(self.place.root / name))  # does not raise for circular symlinks
        return path if path.is_relative_to(self.place.root) else None

    def _files(self, under: str = "") -> Iterator[str]:
        """Yield the files of the workspace in order, without `target` and hidden folders."""
        start = self._inside(under) if under else self.place.root
        if start is None:
            return
        if start.is_file():
            yield under
            return
        for at, folders, names in os.walk(start):
            folders[:] = sorted(name for name in folders if name != "target" and not name.startswith("."))
            for name in sorted(names):
                path = Path(at, name)
                if path.is_file() and path.resolve().is_relative_to(self.place.root):
                    yield path.relative_to(self.place.root).as_posix()


def _text(source: bytes) -> str:
    return source.decode("utf-8", "replace")
