"""What goes to whom: answers to stdout in the form that was asked for, everything else to stderr."""

import json
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

    from rich.console import Console


# One sign for one, so that what is marked in a text stays marked: C0 but tab and newline, C1, and what turns a line round.
UNSEEN = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {0x7F: 0x2421}
UNSEEN |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
# Halves of a pair: how Python holds the bytes of a path that are not UTF-8. No terminal and no JSON takes them.
UNSEEN |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
ESCAPED = {code: f"\\u{code:04x}" for code in UNSEEN if code >= 32}
NUMBERS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
_hushed = False


class Output(StrEnum):
    """What stdout carries."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


def visible(text: str) -> str:
    """The text with its control characters as pictures: what a file holds must not drive the terminal."""
    return text.translate(UNSEEN)


def plain(text: str = "", end: str = "\n") -> None:
    """A line of an answer, or a piece of one, as text on stdout. A terminal is shown control characters; a pipe gets the text as it is."""
    print(visible(text) if sys.stdout.isatty() else text, end=end, flush=True)


def as_json(value: object) -> None:
    """One JSON object on stdout."""
    print(_json(value, 2), flush=True)


def event(type_: str, **fields: object) -> None:
    """One line of JSONL on stdout: `type`, `at`, and the fields."""
    print(_json({"type": type_, "at": now(), **fields}), flush=True)


def _json(value: object, indent: int | None = None) -> str:
    """JSON in which no character is left that a terminal obeys: all of them stand in strings, where they may be escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text.translate(ESCAPED)


def first() -> bool:
    """Whether this process is the one of its run that speaks: those that Lightning, torchrun or Slurm start are numbered."""
    return not int(next((os.environ[name] for name in NUMBERS if name in os.environ), "0"))


def hush() -> None:
    """Say nothing aside from here on, unless this is the first process of its run; a refusal is still said."""
    global _hushed
    _hushed = not first()
    if _hushed and "logging" in sys.modules:
        sys.modules["logging"].getLogger().setLevel("ERROR")


def aside(text: str) -> None:
    """A line for the person at the keyboard, on stderr, whatever stdout carries; and in the run's log, if there is one."""
    if _hushed:
        return
    print(visible(text), file=sys.stderr, flush=True)
    if "logging" in sys.modules:  # light modes do without it
        sys.modules["logging"].getLogger("rusta").info(text.strip())


def counted(what: str) -> "Callable[[int, int], None]":
    """A counter on stderr for work of a known length: a moving line in a terminal, the last elsewhere."""

    def told(done: int, of: int) -> None:
        if sys.stderr.isatty() and not _hushed:
            print(f"\r{what}: {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
        elif done == of:
            aside(f"{what}: {done} of {of}")

    return told


def watched() -> bool:
    """Whether somebody sees what is told aside."""
    return sys.stderr.isatty() and not _hushed


class Bar:
    """How far work of a known length is, on stderr where somebody sees it. `unit` is what is counted, or "bytes"."""

    def __init__(self, what: str, total: int, done: int = 0, unit: str = "step") -> None:
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        counted: tuple[Any, ...] = (TextColumn(f"{unit} {{task.completed}} of {{task.total}}"),)
        if unit == "bytes":
            counted = (DownloadColumn(), TransferSpeedColumn())
        self._bar = Progress(
            TextColumn("[voice]{task.description}"), BarColumn(), *counted, TextColumn("{task.fields[words]}"),
            TimeElapsedColumn(), TimeRemainingColumn(), console=console(stderr=True), disable=not watched(),
        )  # fmt: skip
        self._task = self._bar.add_task(what, total=total, completed=done, words="")

    def __enter__(self) -> "Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, by: int) -> None:
        """So much more is done."""
        self._bar.advance(self._task, by)

    def moved(self, done: int, words: str = "") -> None:
        """So much is done, and what else there is to say of it."""
        self._bar.update(self._task, completed=done, words=words)

    def named(self, what: str) -> None:
        """Something else is done now."""
        self._bar.update(self._task, description=what)


def rendered(*parts: Any, style: str = "", wrap: bool = True) -> None:
    """Tables and styled text of an answer, on stdout, through Rich."""
    console().print(*parts, style=style or None, soft_wrap=not wrap)


def now() -> str:
    """This moment in UTC, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log_handler(level: int | str = "NOTSET") -> "logging.Handler":
    """Log lines through Rich on stderr: stdout belongs to answers. Named by the logging configuration."""
    from rich.logging import RichHandler

    return RichHandler(level, console(stderr=True), show_path=False, show_time=False, markup=False)


def console(stderr: bool = False) -> "Console":
    """A Rich console with her styles, named by meaning, that shows control characters in a text instead of sending them."""
    from rich.console import Console
    from rich.segment import Segment
    from rich.theme import Theme

    class Shown(Console):
        def render(self, *what: Any, **how: Any) -> "Iterator[Segment]":
            for segment in super().render(*what, **how):
                yield segment if segment.control else segment._replace(text=visible(segment.text))

    styles = {"voice": "bold #d7875f", "quiet": "dim", "good": "green", "missing": "yellow", "bad": "red"}
    return Shown(theme=Theme(styles), stderr=stderr, highlight=False)
