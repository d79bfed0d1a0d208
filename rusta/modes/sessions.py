"""mode=sessions: list, search and read the saved conversations. Light: no torch; changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.output import Output, print_plain, tell_facts
from rusta.loop import session
from rusta.loop.session import NoSession

COMMANDS = {"list": "", "search": "TEXT", "open": "NAME"}
CONVERSATIONS = 20  # of a list, where nothing else is said
EXCERPT = 60  # characters of a conversation's line that are shown


@dataclass
class SessionQuery:
    """The arguments of `rusta sessions`, as text: a command, its words, and how many to list (null: 20)."""

    do: str = "list"
    query: str | None = None
    limit: str | None = None


@dataclass
class Sessions:
    """`rusta sessions`, `rusta sessions search TEXT`, `rusta sessions open NAME`."""

    home: Home
    workspace: str | None = None
    output: Output = Output.text
    said: Mapping[str, str | None] = field(default_factory=dict)

    def run(self) -> None:
        """Run the command and print its result."""
        do, query = self.said.get("do") or "list", self.said.get("query") or ""
        if do not in COMMANDS:
            raise ConfigError(f"sessions.do={do}: there are {', '.join(COMMANDS)}.")
        if do == "open":
            found = self._opened(query)
        else:
            every = [one for path in self._files() if (one := _read(path, query.lower().split()))]
            found = {"sessions": every[: list_limit(self.said.get("limit"), CONVERSATIONS)], "of": len(every)}
        tell_facts(self.output, "sessions", found, lambda: _show(found) if do == "open" else _tell(found, query))

    def _files(self) -> Iterator[Path]:
        """Yield the session files, newest first: those of the given workspace, else all."""
        wanted = self.workspace and Path(self.workspace).expanduser().resolve()
        for path in sorted(self.home.sessions.glob("*.jsonl"), reverse=True):
            if not wanted or ((begun := session.begun_in(path)) and wanted.is_relative_to(begun)):
                yield path

    def _opened(self, name: str) -> dict[str, Any]:
        paths = list(self._files())
        path = next((path for path in paths if name in (path.stem, "last")), None)
        if path is None:
            newest = ", ".join(path.stem for path in paths[:5]) or "none yet"
            raise NoSession(f"There is no conversation {name!r}. The newest: {newest}. All of them: rusta sessions")
        turns = [
            {"role": line.get("role"), "text": str(line.get("text", "")), "at": line.get("at")}
            for line in session.json_lines(path)
            if line.get("type") == "turn"
        ]
        return {"name": path.stem, "path": str(path), "workspace": session.begun_in(path) or None, "turns": turns}


def _read(path: Path, wanted: list[str]) -> dict[str, Any] | None:
    """Return a session's item for the list; None where one of the words is in none of its turns."""
    turns = [line for line in session.json_lines(path) if line.get("type") == "turn"]
    texts = [str(line.get("text", "")) for line in turns]
    said = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    held = "\n".join(said).lower()
    if not turns or not all(word in held for word in wanted):
        return None
    shown = next((line for line in said if any(word in line.lower() for word in wanted)), said[0] if said else "")
    return {
        "name": path.stem,
        "at": turns[0].get("at"),
        "workspace": session.begun_in(path) or None,
        "turns": len(turns),
        "line": shown,
    }


def list_limit(said: str | None, usual: int) -> int:
    """Return how many to list, as said with `limit=`. Raises `ConfigError` for what is no number of them."""
    if said is None:
        return usual
    if not said.isdigit() or not int(said):
        raise ConfigError(f"limit={said}: a whole number, at least 1.")
    return int(said)


def _local(at: object) -> str:
    """Format a timestamp of a session file in local time."""
    try:
        return datetime.fromisoformat(str(at)).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "unknown"


def _tell(found: dict[str, Any], query: str) -> None:
    if not found["sessions"]:
        print_plain(
            f"No conversation holds {query!r}." if query else "No conversation is kept yet. Begin one: rusta chat"
        )
        return
    for one in found["sessions"]:
        shown = one["line"][:EXCERPT] + (" …" if len(one["line"]) > EXCERPT else "")
        print_plain(
            f"{_local(one['at'])}  {one['name']}  {one['turns']:>3} turns  {one['workspace'] or 'no crate'}\n    {shown}"
        )
    left = found["of"] - len(found["sessions"])
    more = f"{left} more: limit={found['of']}. " if left else ""
    print_plain(f"\n{more}Read one: rusta sessions open NAME. Go on with it: rusta chat resume=NAME")


def _show(found: dict[str, Any]) -> None:
    print_plain(f"{found['name']}  {found['workspace'] or 'no crate'}\n")
    for turn in found["turns"]:
        print_plain(f"{'you' if turn['role'] == 'user' else 'Rusta'}, {_local(turn['at'])}\n{turn['text']}\n")
    where = f" workspace={found['workspace']}" if found["workspace"] else ""
    print_plain(f"Go on: rusta chat resume={found['name']}{where}")
