"""Output streams: answers go to stdout in the requested format, everything else to stderr."""

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


# Replaced one character for one, so that offsets into a text stay valid: C0 except tab and newline, C1, bidi controls.
UNSEEN = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {0x7F: 0x2421}
UNSEEN |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
# Lone surrogates: how Python represents path bytes that are not UTF-8. Neither terminals nor JSON accept them.
UNSEEN |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
ESCAPED = {code: f"\\u{code:04x}" for code in UNSEEN if code >= 32}
NUMBERS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
_hushed = False


class Output(StrEnum):
    """The format of answers on stdout."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


def visible(text: str) -> str:
    """Replace control characters by visible ones, so that the content of files cannot control the terminal."""
    return text.translate(UNSEEN)


def many(number: int, what: str) -> str:
    """Return a count with its noun: "1 error", "2 errors"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_plain(text: str = "", end: str = "\n") -> None:
    """Print a line of an answer, or a piece of one, to stdout.

    On a terminal control characters are made visible; a pipe gets the text unchanged.
    """
    print(visible(text) if sys.stdout.isatty() else text, end=end, flush=True)


def as_json(value: object) -> None:
    """Print one JSON object to stdout."""
    print(_json(value, 2), flush=True)


def event(type_: str, **fields: object) -> None:
    """Print one line of JSONL to stdout: `type`, `at` (the time in UTC), and the fields."""
    print(_json({"type": type_, "at": now(), **fields}), flush=True)


def tell_facts(output: Output, name: str, facts: dict[str, Any], tell: "Callable[[], object]") -> None:
    """Print a result in the form asked for: its facts as JSON, as a line of JSONL called `name`, or as text by `tell`.

    A light mode built from the cache has its output as plain text: it is compared by value.
    """
    if output == Output.json:
        as_json(facts)
    elif output == Output.jsonl:
        event(name, **facts)
    else:
        tell()


def _json(value: object, indent: int | None = None) -> str:
    """Serialize to JSON with every character that could control a terminal escaped; they occur only inside strings."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text.translate(ESCAPED)


def is_first_process() -> bool:
    """Return whether this is the first process of its run: Lightning, torchrun and Slurm number theirs."""
    return not int(next((os.environ[name] for name in NUMBERS if name in os.environ), "0"))


def hush() -> None:
    """Silence `aside` from now on, unless this is the first process of its run. Errors are still printed."""
    global _hushed
    _hushed = not is_first_process()
    if _hushed and "logging" in sys.modules:
        sys.modules["logging"].getLogger().setLevel("ERROR")


def aside(text: str) -> None:
    """Print a line for the user to stderr, whatever stdout carries, and to the run's log if there is one."""
    if _hushed:
        return
    print(visible(text), file=sys.stderr, flush=True)
    if "logging" in sys.modules:  # light modes do not import it
        sys.modules["logging"].getLogger("rusta").info(text.strip())


def counted(what: str) -> "Callable[[int, int], None]":
    """Return a progress callback `(done, of)` on stderr: a line rewritten in place, off a terminal only the last."""

    def told(done: int, of: int) -> None:
        if aside_on_terminal():
            print(f"\r{what}: {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
        elif done == of:
            aside(f"{what}: {done} of {of}")

    return told


def aside_on_terminal() -> bool:
    """Return whether what `aside` prints is shown on a terminal."""
    return sys.stderr.isatty() and not _hushed


class Bar:
    """A progress bar on stderr, shown only on a terminal. `unit` is what is counted, or "bytes"."""

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
            TimeElapsedColumn(), TimeRemainingColumn(), console=console(stderr=True), disable=not aside_on_terminal(),
        )  # fmt: skip
        self._task = self._bar.add_task(what, total=total, completed=done, words="")

    def __enter__(self) -> "Bar":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Draw it from here on."""
        self._bar.start()

    def stop(self) -> None:
        """Draw it no more."""
        self._bar.stop()

    def advance(self, by: int) -> None:
        """Add `by` to the amount done."""
        self._bar.advance(self._task, by)

    def moved(self, done: int, words: str = "") -> None:
        """Set the amount done, and the text beside the bar."""
        self._bar.update(self._task, completed=done, words=words)

    def named(self, what: str) -> None:
        """Change the description of the work."""
        self._bar.update(self._task, description=what)


def rendered(*parts: Any, style: str = "", wrap: bool = True) -> None:
    """Print tables and styled text of an answer to stdout, through Rich."""
    console().print(*parts, style=style or None, soft_wrap=not wrap)


def now() -> str:
    """This moment in UTC, ISO 8601 to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log_handler(level: int | str = "NOTSET") -> "logging.Handler":
    """Return a log handler that writes to stderr through Rich. The logging configuration refers to it by name."""
    from rich.logging import RichHandler

    return RichHandler(level, console(stderr=True), show_path=False, show_time=False, markup=False)


def console(stderr: bool = False) -> "Console":
    """Return a Rich console with Rusta's styles, named by meaning, that makes control characters in texts visible."""
    from rich.console import Console
    from rich.segment import Segment
    from rich.theme import Theme

    class Shown(Console):
        def render(self, *what: Any, **how: Any) -> "Iterator[Segment]":
            for segment in super().render(*what, **how):
                yield segment if segment.control else segment._replace(text=visible(segment.text))

    styles = {"voice": "bold #d7875f", "quiet": "dim", "good": "green", "missing": "yellow", "bad": "red"}
    return Shown(theme=Theme(styles), stderr=stderr, highlight=False)
