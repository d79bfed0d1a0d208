"""Parse the JSON lines of cargo and rustc into diagnostics without duplicates.

The stream may be truncated, or hold lines that a build script printed, or bytes that are not UTF-8: lines that are not
cargo's or rustc's JSON are returned beside the diagnostics, in order. Paths are relative to the given folder where they
lie below it, else absolute.

Not covered: the human-readable format (`miri.py` reads what Miri only prints that way).
"""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

DEEPEST = 64  # macros whose expansions lie in each other


class Level(StrEnum):
    """The severity, in rustc's words. An internal compiler error counts as an error."""

    error = "error"
    warning = "warning"
    note = "note"
    help = "help"


class Applicability(StrEnum):
    """rustc's confidence in a suggestion. Only `machine` may be applied without asking."""

    machine = "MachineApplicable"
    maybe = "MaybeIncorrect"
    placeholders = "HasPlaceholders"
    unspecified = "Unspecified"


@dataclass(frozen=True)
class Span:
    """A range in a file.

    `start` and `end` are byte offsets into the file on disk; lines and columns count from 1, columns in characters.
    """

    path: str
    start: int
    end: int
    line: int
    column: int
    line_end: int
    column_end: int
    primary: bool
    label: str | None
    text: tuple[str, ...]  # the whole lines that the span touches, without line ends


@dataclass(frozen=True)
class SuggestionPart:
    """One replacement: the bytes of `span` are replaced by `text`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Suggestion:
    """Replacements that are applied together or not at all. `ways` is the number of alternatives that rustc gave."""

    message: str
    applicability: Applicability
    parts: tuple[SuggestionPart, ...]
    ways: int = 1


@dataclass(frozen=True)
class Child:
    """A note or help attached to a diagnostic."""

    level: Level
    message: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class BuildTarget:
    """What was compiled: `kind` is lib, bin, test, example, bench, proc-macro or custom-build, as cargo names it."""

    kind: str
    name: str


@dataclass(frozen=True)
class MacroSite:
    """A macro whose expansion a span lies in: its name as rustc writes it (`#[derive(Encode)]`, `vec!`), and its file."""

    name: str
    path: str


@dataclass(frozen=True)
class Diagnostic:
    """One diagnostic.

    `code` is an error code (E0382), a lint name, or the code of an error of cargo's own (`cargo_faults`); None where
    rustc gives none, as for syntax errors. `target` is None for cargo's own; of a crate that is compiled twice, as a
    library with its tests, both have the same target.
    """

    level: Level
    code: str | None
    message: str
    spans: tuple[Span, ...]
    children: tuple[Child, ...]
    rendered: str
    suggestions: tuple[Suggestion, ...]
    package: str = ""
    target: BuildTarget | None = field(default=None, compare=False)
    macros: tuple[MacroSite, ...] = field(default=(), compare=False)  # of the primary spans, the innermost first

    @property
    def primary(self) -> Span | None:
        """The first primary span, else the first span, else None."""
        return next((span for span in self.spans if span.primary), self.spans[0] if self.spans else None)

    @property
    def place(self) -> str:
        """`path:line:column` of the primary span, else the package's name, else "nowhere"."""
        at = self.primary
        return f"{at.path}:{at.line}:{at.column}" if at else self.package or "nowhere"


@dataclass(frozen=True)
class Heard:
    """A parsed stream: unique diagnostics, the packages that were compiled or fresh, and all other lines (`rest`).

    `built` are the targets that compiled or were fresh, those of dependencies included.
    """

    diagnostics: tuple[Diagnostic, ...]
    packages: frozenset[str]
    rest: tuple[str, ...]
    built: frozenset[BuildTarget] = frozenset()


def parse(stream: bytes | Iterable[bytes], folder: Path, root: Path | None = None) -> Heard:
    """Parse JSON lines of `cargo --message-format=json` or `rustc --error-format=json`.

    Paths are made relative to `folder`; `root` is the workspace root in which cargo ran rustc (default: `folder`). A
    target compiled twice, as with its tests, repeats its diagnostics: each is kept once. For a fresh target cargo
    replays messages from the target folder, which a test may have written to: errors among them are dropped, because
    cargo never caches a target that failed to compile.
    """
    root = root or folder
    found: dict[tuple[object, ...], Diagnostic] = {}
    errors: dict[str, list[tuple[object, ...]]] = {}  # by target
    packages: set[str] = set()
    built: set[BuildTarget] = set()
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
            paths = _paths(said.get("manifest_path"), root, folder, message)
            one = _diagnostic(message, paths, package, _built(said))
            if one:
                key = (one.level, one.code, one.message, one.spans)
                found.setdefault(key, one)
                if one.level is Level.error:
                    errors.setdefault(_target(said), []).append(key)
        elif said.get("reason") == "compiler-artifact":
            built |= {target for target in [_built(said)] if target}
            for key in errors.pop(_target(said), ()) if said.get("fresh") is True else ():
                found.pop(key, None)
    return Heard(tuple(found.values()), frozenset(packages), tuple(rest), frozenset(built))


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _diagnostic(
    said: dict[str, Any], path: Callable[[str], str], package: str, target: BuildTarget | None
) -> Diagnostic | None:
    level = _level(said.get("level"))
    message = str(said.get("message") or "")
    # rustc ends with totals ("aborting due to 2 previous errors"), which are dropped: the display counts for itself.
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
        target,
        tuple(dict.fromkeys(_macros(said, path))),
    )


def _built(said: dict[str, Any]) -> BuildTarget | None:
    target = said.get("target")
    kinds = _list(target.get("kind")) if isinstance(target, dict) else []
    return BuildTarget(str(kinds[0]), str(target.get("name"))) if isinstance(target, dict) and kinds else None


def _level(said: object) -> Level | None:
    word = str(said)
    if word.startswith("error"):
        return Level.error
    return Level(word) if word in {level.value for level in Level} else None  # "failure-note" is dropped


def _spans(said: dict[str, Any], path: Callable[[str], str]) -> Iterable[Span]:
    for raw in _list(said.get("spans")):
        span = _span(raw, path)
        if span:
            yield span


def _span(raw: object, path: Callable[[str], str]) -> Span | None:
    if not isinstance(raw, dict):
        return None
    # A span inside a macro of another crate is replaced by the macro's call site, which is in the user's code.
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


def _macros(said: dict[str, Any], path: Callable[[str], str]) -> Iterable[MacroSite]:
    """The macros whose expansions the primary spans lie in, with the file that declares each."""
    for raw in _list(said.get("spans")):
        one = raw if isinstance(raw, dict) and raw.get("is_primary") else {}
        for _ in range(DEEPEST):
            expansion = one.get("expansion")
            if not isinstance(expansion, dict):
                break
            site, one = expansion.get("def_site_span"), expansion.get("span")
            if isinstance(site, dict) and isinstance(site.get("file_name"), str):
                yield MacroSite(str(expansion.get("macro_decl_name") or ""), path(site["file_name"]))
            if not isinstance(one, dict):
                break


def _list(said: object) -> list[Any]:
    return said if isinstance(said, list) else []


def _text(said: object) -> str | None:
    return said if isinstance(said, str) else None


def _suggestions(child: dict[str, Any], path: Callable[[str], str]) -> Iterable[Suggestion]:
    """The suggestions of one help.

    rustc lists alternatives one after another; parts of one alternative never overlap.
    """
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
        # A suggestion is as reliable as its least reliable part.
        order = list(Applicability)
        worst = max((sure for _, sure in way), key=order.index)
        yield Suggestion(str(child.get("message") or ""), worst, tuple(part for part, _ in way), len(ways))


def _clash(one: Span, other: Span) -> bool:
    if one.path != other.path:
        return False
    return (one.start, one.end) == (other.start, other.end) or (one.start < other.end and other.start < one.end)


def _package(said: object) -> str:
    """Return the name in a package id.

    Forms: `path+file:///x/a#0.1.0`, `path+file:///x/b#a@0.1.0`, or the old `a 0.1.0 (path+...)`.
    """
    if not isinstance(said, str):
        return ""
    before, mark, after = said.partition("#")
    if not mark:
        return before.split(" ")[0]
    return after.split("@")[0] if "@" in after else PurePosixPath(before).name


def _target(said: dict[str, Any]) -> str:
    return json.dumps([said.get("package_id"), said.get("target")], sort_keys=True)


def _paths(manifest: object, root: Path, folder: Path, message: dict[str, Any]) -> Callable[[str], str]:
    """Return a function that maps rustc's file names in one message to paths relative to `folder`."""
    own = Path(manifest).parent if isinstance(manifest, str) else root
    inside = own.relative_to(root).as_posix() if own.is_relative_to(root) else None
    # Cargo starts rustc in the root for the workspace's members, and in the package's folder for any other package.
    member = inside == "." or any(name.startswith(f"{inside}/") for name in _named(message) if inside is not None)

    def path(name: str) -> str:
        below = member or (inside is not None and name.startswith(f"{inside}/"))
        whole = Path(os.path.normpath((root if below else own) / name))
        return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(whole)

    return path


def _named(message: dict[str, Any]) -> Iterable[str]:
    """The file names of a message's spans, and of the uses of the macros that they lie in."""
    for raw in _list(message.get("spans")):
        for _ in range(DEEPEST):
            if not isinstance(raw, dict):
                break
            yield str(raw.get("file_name"))
            expansion = raw.get("expansion")
            raw = expansion.get("span") if isinstance(expansion, dict) else None


def worst_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort errors before warnings, in the compiler's order within a level.

    That order is kept because later errors often follow from the first.
    """
    order = list(Level)
    return sorted(diagnostics, key=lambda one: order.index(one.level))
