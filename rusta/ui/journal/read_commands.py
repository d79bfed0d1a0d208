"""The read-only commands, and what all commands share: arguments become plain data, printed or written as JSON."""

from dataclasses import asdict, dataclass, replace

from rusta.core.errors import ConfigError
from rusta.core.output import aside
from rusta.memory.recall.recall import Memory
from rusta.memory.storage.store import is_text
from rusta.ui.journal import entry_json
from rusta.ui.journal.arguments import ALIASES, COMMANDS, FILTERS, Facts, JournalArguments
from rusta.ui.journal.entry_rows import Shelf
from rusta.ui.journal.query import from_said


class Unsaid(ConfigError):
    """A command lacks a required argument."""


@dataclass
class ReadCommands:
    """Commands on the journals of a memory. Each public method is one command, and returns the data of its JSON."""

    memory: Memory
    said: JournalArguments

    def __post_init__(self) -> None:
        self.root = self.memory.home.devlogs
        self.shelf = Shelf(self.root, self.memory.home.index, aside)

    def run(self) -> Facts:
        """Run the command and return its data. Raises `ConfigError`, such as `Unsaid`."""
        do = self.said.do or ""
        for key, value in asdict(self.said).items():
            if (
                key not in ("title", "text") and value and not is_text(value)
            ):  # these two are saved to a file where they are rejected
                raise ConfigError(f"{key}={value!a} is not UTF-8. Say it in the terminal's own letters.")
        command = COMMANDS[do]
        for taken in command.takes:
            word = taken.strip(".")
            if not taken.startswith("[") and not getattr(self.said, ALIASES.get(word, word)):
                raise Unsaid(f"rusta devlog {do} {command.usage}: {word.upper()} is missing.")
        return getattr(self, do)()

    def search(self) -> Facts:
        """Return the entries that match the query, best first."""
        self._look()
        asked = from_said(self.said)
        hits = self.shelf.find(asked) if self.root.is_dir() else []
        found = [entry_json.of_hit(hit, self.root, asked.query) for hit in hits]
        return {"query": asked.query, **self._filters(), "entries": found}

    def list(self) -> Facts:
        """Return the entries, newest first."""
        self._look()
        hits = self.shelf.find(from_said(self.said)) if self.root.is_dir() else []
        return {**self._filters(), "entries": [entry_json.of_row(hit.row, self.root) for hit in hits]}

    def timeline(self) -> Facts:
        """Return the entries by day, newest first; superseded and archived ones too, unless `status` is given."""
        self._look()
        asked = from_said(self.said)
        if self.said.status is None:
            asked = replace(asked, status="all")
        days = self.shelf.days(asked) if self.root.is_dir() else []
        told = [{"day": day, "entries": [entry_json.of_row(row, self.root) for row in rows]} for day, rows in days]
        return {**self._filters(), "days": told}

    def show(self) -> Facts:
        """Return one entry."""
        return self._entry(self._named(self.said.path))

    def habits(self) -> Facts:
        """Return the habits with what triggers them, and how often they were used and helped.

        With a query, only those that it triggers.
        """
        from rusta.memory.recall.habits import HabitSituation, When

        self._look()
        event = self.said.query or ""
        crates = [word.removeprefix("crate:") for word in event.split() if word.startswith("crate:")]
        now = HabitSituation.of(event, crates, event.split())
        lints = [name for word in event.split() for name in (word, f"clippy::{word}")]  # users often omit clippy::
        now = replace(now, lints=tuple(dict.fromkeys((*now.lints, *lints))))
        rows: dict[str, Facts] = {}
        for pattern, row in self.shelf.index.habits() if self.root.is_dir() else ():
            on = When(pattern).fires(now) if event else None
            if on or not event:
                used = self.shelf.index.uses.of(row.path)
                known = {
                    **entry_json.of_row(row, self.root),
                    "when": [],
                    "fires_on": on,
                    "used": used.times,
                    "helped": used.helped,
                }
                rows.setdefault(row.path, known)["when"].append(pattern)
        return {"event": event or None, "entries": list(rows.values())}

    def trace(self) -> Facts:
        """Return the entries that would be recalled for a query, and how they were ranked."""
        from rusta.memory.recall.habits import HabitSituation

        found = self.memory.recall(HabitSituation.of(self.said.query or ""))
        trace = self.memory.trace
        return {
            "query": self.said.query,
            "asked": list(trace.asked),
            "entries": [{**asdict(one), "age": one.age, "file": str(self.root / one.path)} for one in found],
            "considered": [
                {"path": one.path, "score": round(one.score, 4), "verdict": one.verdict,
                 "factors": {name: round(factor, 4) for name, factor in one.factors.items()}}
                for one in trace.considered
            ],
            "notes": list(trace.notes),
            "seconds": round(trace.seconds, 4),
        }  # fmt: skip

    # Helpers.

    def _look(self) -> None:
        """Update the index from the files, and print its notes for the user."""
        if self.root.is_dir():
            for note in self.shelf.index.refresh().notes:
                aside(note)

    def _filters(self) -> Facts:
        """Return the given filters under the key `filters`; empty where there are none."""
        keys = {"tag" if key == "tags" else key: getattr(self.said, key) for key in FILTERS if key != "limit"}
        said = {key: value for key, value in keys.items() if value is not None}
        return {"filters": said} if said else {}

    def _named(self, said: str | None, key: str = "path") -> str:
        if not said:
            raise Unsaid(f"{key}= is missing.")
        self._look()
        return self.shelf.named(said)

    def _entry(self, path: str) -> Facts:
        entry = self.shelf.entry(path)
        return entry_json.of_entry(entry, self.shelf.around(entry), self.root)
