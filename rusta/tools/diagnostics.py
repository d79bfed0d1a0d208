"""What the compiler said, as values: cargo's and rustc's JSON lines become diagnostics, each told once.

The stream may be cut short, hold lines of a build script's own, or bytes that are no text: whatever is not a diagnostic
is handed back beside them, in order. Paths are relative to the folder that was asked about, where they lie below it.

Not covered: the human-readable format (`miri.py` reads what Miri only says that way).
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any


class Level(StrEnum):
    """How bad it is, in rustc's words. An internal compiler error counts as an error."""

    error = "error"
    warning = "warning"
    note = "note"
    help = "help"


class Applicability(StrEnum):
    """How sure the compiler is of a suggestion. Only `machine` may be applied unasked."""

    machine = "MachineApplicable"
    maybe = "MaybeIncorrect"
    placeholders = "HasPlaceholders"
    unspecified = "Unspecified"


@dataclass(frozen=True)
class Span:
    """A place in a file. `start` and `end` are bytes of the file as it lies on disk; lines and columns count from 1, in characters."""

    path: str
    start: int
    end: int
    line: int
    column: int
    line_end: int
    column_end: int
    primary: bool
    label: str | None
    text: tuple[str, ...]  # the whole lines it touches, without their ends


@dataclass(frozen=True)
class SuggestionPart:
    """One replacement: the bytes of `span` give way to `text`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Suggestion:
    """Parts that belong together: all of them or none. One of several `ways` to mend the same thing when that is above 1."""

    message: str
    applicability: Applicability
    parts: tuple[SuggestionPart, ...]
    ways: int = 1


@dataclass(frozen=True)
class Child:
    """A note or a help that hangs on a diagnostic."""

    level: Level
    message: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Diagnostic:
    """One complaint: `code` is an error code (E0382) or a lint's name, and None where the compiler has none, as for syntax."""

    level: Level
    code: str | None
    message: str
    spans: tuple[Span, ...]
    children: tuple[Child, ...]
    rendered: str
    suggestions: tuple[Suggestion, ...]
    package: str = ""

    @property
    def primary(self) -> Span | None:
        """Where it points first."""
        return next((span for span in self.spans if span.primary), self.spans[0] if self.spans else None)

    @property
    def place(self) -> str:
        """`path:line:column`, or the package where it has no span."""
        at = self.primary
        return f"{at.path}:{at.line}:{at.column}" if at else self.package or "nowhere"


@dataclass(frozen=True)
class Heard:
    """A stream, read: diagnostics without repeats, the packages that were compiled or found fresh, and every other line."""

    diagnostics: tuple[Diagnostic, ...]
    packages: frozenset[str]
    rest: tuple[str, ...]


def parse(stream: bytes | Iterable[bytes], folder: Path, root: Path | None = None) -> Heard:
    """Read JSON lines of `cargo --message-format=json` or `rustc --error-format=json`.

    `folder` is what paths are told relative to, `root` the workspace root that cargo ran rustc in (default: the same).
    A target that is compiled twice, as for its tests, says everything twice: it is told once. What is not compiled anew has
    its messages told from the target folder, where a test may have written: an error in it is none, for nothing that had
    one was ever kept.
    """
    root = root or folder
    found: dict[tuple[object, ...], Diagnostic] = {}
    errors: dict[str, list[tuple[object, ...]]] = {}  # by target
    packages: set[str] = set()
    rest: list[str] = []
    for raw in stream.split(b"\n") if isinstance(stream, bytes) else stream:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        said = _object(line)
        if said is None or not ("reason" in said or "$message_type" in said):
            if line:
                rest.append(line)
            continue
        package = _package(said.get("package_id"))
        if package:
            packages.add(package)
        message = said.get("message") if said.get("reason") == "compiler-message" else said
        if isinstance(message, dict) and "level" in message:
            one = _diagnostic(message, _paths(said.get("manifest_path"), root, folder), package)
            if one:
                key = (one.level, one.code, one.message, one.spans)
                found.setdefault(key, one)
                if one.level is Level.error:
                    errors.setdefault(_target(said), []).append(key)
        elif said.get("reason") == "compiler-artifact" and said.get("fresh") is True:
            for key in errors.pop(_target(said), ()):
                found.pop(key, None)
    return Heard(tuple(found.values()), frozenset(packages), tuple(rest))


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _diagnostic(said: dict[str, Any], path: Callable[[str], str], package: str) -> Diagnostic | None:
    level = _level(said.get("level"))
    message = str(said.get("message") or "")
    # rustc closes with sums ("aborting due to 2 previous errors"): whoever shows diagnostics counts for himself.
    if level is None or (message.startswith("aborting due to ") and not said.get("spans")):
        return None
    children = [child for child in _list(said.get("children")) if isinstance(child, dict)]
    code = said.get("code")
    return Diagnostic(
        level,
        _text(code.get("code")) if isinstance(code, dict) else None,
        message,
        tuple(_spans(said, path)),
        tuple(
            Child(kind, str(child.get("message") or ""), tuple(_spans(child, path)))
            for child in children
            if (kind := _level(child.get("level")))
        ),
        str(said.get("rendered") or ""),
        tuple(one for child in children for one in _suggestions(child, path)),
        package,
    )


def _level(said: object) -> Level | None:
    word = str(said)
    if word.startswith("error"):
        return Level.error
    return Level(word) if word in {level.value for level in Level} else None  # failure-note is chatter


def _spans(said: dict[str, Any], path: Callable[[str], str]) -> Iterable[Span]:
    for raw in _list(said.get("spans")):
        span = _span(raw, path)
        if span:
            yield span


def _span(raw: object, path: Callable[[str], str]) -> Span | None:
    if not isinstance(raw, dict):
        return None
    # Inside a macro of another crate: what a person can look at is the line that called it.
    while Path(str(raw.get("file_name"))).is_absolute() and isinstance(raw.get("expansion"), dict):
        outer = raw["expansion"].get("span")
        if not isinstance(outer, dict):
            break
        raw = {**outer, "is_primary": raw.get("is_primary"), "label": raw.get("label")}
    try:
        return Span(
            path(str(raw["file_name"])), int(raw["byte_start"]), int(raw["byte_end"]),
            int(raw["line_start"]), int(raw["column_start"]), int(raw["line_end"]), int(raw["column_end"]),
            bool(raw.get("is_primary")), _text(raw.get("label")),
            tuple(str(line["text"]) for line in _list(raw.get("text"))),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def _list(said: object) -> list[Any]:
    return said if isinstance(said, list) else []


def _text(said: object) -> str | None:
    return said if isinstance(said, str) else None


def _suggestions(child: dict[str, Any], path: Callable[[str], str]) -> Iterable[Suggestion]:
    """The suggestions of one help. rustc lays several ways end to end; the parts of one way are apart."""
    ways: list[list[tuple[SuggestionPart, Applicability]]] = []
    for raw in _list(child.get("spans")):
        text = raw.get("suggested_replacement") if isinstance(raw, dict) else None
        span = _span({**raw, "expansion": None}, path) if text is not None else None
        if span is None:
            continue
        kinds = {kind.value for kind in Applicability}
        said = raw.get("suggestion_applicability")
        part = SuggestionPart(span, str(text)), Applicability(said) if said in kinds else Applicability.unspecified
        if not ways or any(_clash(span, other.span) for other, _ in ways[-1]):
            ways.append([])
        ways[-1].append(part)
    for way in ways:
        # As sure as its least sure part.
        order = list(Applicability)
        worst = max((sure for _, sure in way), key=order.index)
        yield Suggestion(str(child.get("message") or ""), worst, tuple(part for part, _ in way), len(ways))


def _clash(one: Span, other: Span) -> bool:
    if one.path != other.path:
        return False
    return (one.start, one.end) == (other.start, other.end) or (one.start < other.end and other.start < one.end)


def _package(said: object) -> str:
    """The name in a package id: `path+file:///x/a#0.1.0`, `path+file:///x/b#a@0.1.0`, or the old `a 0.1.0 (path+...)`."""
    if not isinstance(said, str):
        return ""
    before, mark, after = said.partition("#")
    if not mark:
        return before.split(" ")[0]
    return after.split("@")[0] if "@" in after else PurePosixPath(before).name


def _target(said: dict[str, Any]) -> str:
    return json.dumps([said.get("package_id"), said.get("target")], sort_keys=True)


def _paths(manifest: object, root: Path, folder: Path) -> Callable[[str], str]:
    """How file names of one package read from `folder`."""
    own = Path(manifest).parent if isinstance(manifest, str) else root
    inside = own.relative_to(root).as_posix() if own.is_relative_to(root) else None

    def path(name: str) -> str:
        # Cargo starts rustc in the root for the workspace's members, and in its own folder for any other package.
        member = inside is not None and (inside == "." or name.startswith(f"{inside}/"))
        whole = Path(os.path.normpath((root if member else own) / name))
        return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(whole)

    return path


def worst_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors before warnings, and each as the compiler said them: later errors are often echoes of the first."""
    order = list(Level)
    return sorted(diagnostics, key=lambda one: order.index(one.level))
