"""The arguments of `rusta devlog`: the commands, the words each takes, and the settings it accepts.

Free text is kept apart from settings: `rusta devlog search "let x = y"` contains no setting, `tag=borrow` is one, and
after `--` everything is text.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from rusta.core.errors import ConfigError

Facts = dict[str, Any]  # what a command found or did, with the keys of its JSON


@dataclass
class JournalArguments:
    """All arguments of the commands, as text. `COMMANDS` says which command reads which of them."""

    do: str | None = None
    query: str | None = None
    path: str | None = None
    to: str | None = None
    journal: str | None = None
    title: str | None = None
    text: str | None = None
    tags: str | None = None
    confidence: str | None = None
    context: str | None = None
    repo: str | None = None
    commit: str | None = None
    version: str | None = None
    source: str | None = None
    when: str | None = None
    importance: str | None = None
    links: str | None = None
    supersedes: str | None = None
    status: str | None = None
    author: str | None = None
    since: str | None = None
    until: str | None = None
    limit: str | None = None
    off: str | None = None
    apply: str | None = None
    yes: str | None = None
    mend: str | None = None
    theme: str | None = None


@dataclass(frozen=True)
class JournalCommand:
    """One command of `rusta devlog`. A word that ends in `...` takes all that follow; one in brackets is optional."""

    does: str
    takes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The command's words as a usage line."""
        return " ".join(word.upper() for word in self.takes)


FILTERS = ("journal", "tags", "repo", "confidence", "status", "since", "until", "limit")
META = ("tags", "confidence", "context", "repo", "commit", "version", "source", "when", "importance", "links")

COMMANDS: dict[str, JournalCommand] = {
    "write": JournalCommand(
        "a new entry; the text from text=, a pipe, or your editor",
        ("journal", "title..."),
        (*META, "supersedes", "text", "author"),
    ),
    "search": JournalCommand("what was written about something, best first", ("query...",), FILTERS),
    "list": JournalCommand("entries, newest first", (), FILTERS),
    "show": JournalCommand("one entry, by path, name or day", ("path",)),
    "timeline": JournalCommand("the days, newest first", (), FILTERS),
    "tag": JournalCommand("file an entry under more words", ("path", "tags..."), ("author",)),
    "link": JournalCommand("let an entry point to another", ("path", "to"), ("author",)),
    "supersede": JournalCommand("say that the second stands in place of the first", ("old", "new"), ("author",)),
    "archive": JournalCommand(
        "put an entry away, where it stays; off=true takes it back", ("path",), ("off", "author")
    ),
    "forget": JournalCommand(
        "take an entry out of everything I keep, history too; asks first, or yes=true", ("path",), ("yes",)
    ),
    "pin": JournalCommand("keep an entry at hand whatever its age; off=true lets go", ("path",), ("off", "author")),
    "habits": JournalCommand("what fires on an error code, a lint, a crate or a path", ("[query...]",)),
    "compress": JournalCommand("what could be told in one entry; apply=true does it", (), ("apply",)),
    "doctor": JournalCommand("what is odd in the journals; mend=true mends what can be", (), ("mend",)),
    "history": JournalCommand("how an entry came to be what it is", ("path",), ("limit",)),
    "trace": JournalCommand("what I would remember in a turn, and why", ("query...",)),
}

ALIASES = {"tag": "tags", "link": "links", "old": "path", "new": "to"}
# Settings outside the journals that are accepted here; keys with a plus or a known prefix and dot go to Hydra as well.
GENERAL = ("output", "home", "memory", "engine", "model", "body", "network", "seed", "devlog.theme")
HYDRA = re.compile(
    r"-[hmcpisc]{1,2}|--(help|hydra-help|version|multirun|cfg|package|info|resolve|run|config-\w+)(=.*)?"
)
VALUED = re.compile(r"--(cfg|package|info|config-(path|name|dir))|-(c|p|i|cp|cn|cd)")
SETTING = re.compile(r"([+~]{0,2}[A-Za-z_][\w./@]*)=(.*)", re.DOTALL)


def guide() -> str:
    """Return the text of `rusta devlog --help`: every command, what it takes, and the settings it accepts."""
    lines = ["rusta devlog                         the journals, as an app in the terminal", ""]
    for name, command in COMMANDS.items():
        lines.append(f"rusta devlog {f'{name} {command.usage}':<24}{command.does}")
        lines += [f"{'':<37}{' '.join(f'{key}=' for key in command.keys)}"] if command.keys else []
    return "\n".join([*lines, "", "Each answers output=json with one object. More: docs/devlogs.md"])


def overrides(words: Sequence[str]) -> list[str]:
    """Translate `rusta devlog WORDS...` to Hydra overrides, texts unquoted.

    Raises `ConfigError` for what no command takes.
    """
    settings = ["mode=devlog"]
    if not words or SETTING.fullmatch(words[0]) or HYDRA.fullmatch(words[0]):
        return [*settings, *(f"devlog.{word}" if word.startswith("theme=") else word for word in words)]
    name, *rest = words
    command = COMMANDS.get(name)
    if command is None:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        raise ConfigError(
            f"I do not know rusta devlog {name!r}. {f'Did you mean {close[0]}? ' if close else ''}There are: "
            f"{', '.join(COMMANDS)}; without a word the journals open in the terminal."
        )
    text, said = _parted(name, command, rest)
    settings += [f"devlog.do={name}", *(f"devlog.{key}={value}" for key, value in _placed(name, command, text))]
    return [*settings, *said]


def split_list(said: str | None) -> tuple[str, ...]:
    """Split a list as users type it: `a,b`, `[a, b]`, or one word."""
    bare = (said or "").strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    return tuple(word for part in bare.split(",") if (word := part.strip().strip("'\"").strip().removeprefix("#")))


def _parted(name: str, command: JournalCommand, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the words into free text and settings."""
    free = bool(command.takes) and command.takes[-1].rstrip("]").endswith("...")
    known = {field.name for field in fields(JournalArguments)}
    text: list[str] = []
    said: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        setting = SETTING.fullmatch(word)
        if word == "--":
            return [*text, *rest], said
        if HYDRA.fullmatch(word):
            said.append(word)
            if VALUED.fullmatch(word) and rest:
                said.append(rest.pop(0))
        elif not setting:
            text.append(word)
        else:
            key, value = setting.groups()
            ours = ALIASES.get(key, key)
            takes = (*command.keys, *(taken.strip("[.]") for taken in command.takes))
            if ours in {ALIASES.get(taken, taken) for taken in takes}:
                said.append(f"devlog.{ours}={value}")
            elif key in GENERAL or key[0] in "+~" or re.match(r"(devlog|mode|home|memory|hydra|engine|model)\.", key):
                said.append(word)
            elif free and key not in known and not difflib.get_close_matches(key, takes, 1, 0.75):
                text.append(word)
            else:
                raise ConfigError(
                    f"rusta devlog {name} does not take {key!r} (in {word!r}). It takes: {', '.join(takes) or 'nothing'}. "
                    f"Text that holds an = goes behind two dashes: rusta devlog {name} -- {word!r}"
                )
    return text, said


def _placed(name: str, command: JournalCommand, text: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each word of the text with the argument that it fills."""
    rest = list(text)
    for taken in command.takes:
        key = ALIASES.get(taken.strip("[.]"), taken.strip("[.]"))
        if not rest:
            return  # given as a setting, or missing: the command checks that
        if taken.rstrip("]").endswith("..."):
            yield key, ("," if key == "tags" else " ").join(rest)
            return
        yield key, rest.pop(0)
    if rest:
        takes = f"takes {command.usage}" if command.takes else "takes no words"
        raise ConfigError(f"rusta devlog {name} {takes}, and was given {' '.join(rest)!r} besides.")
