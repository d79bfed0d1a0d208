"""Apply the compiler's suggestions by byte span: all parts of one or none, and never two that touch.

Nothing is written here: a file is read and its new bytes are returned, so that the edit is made in the same reversible
way as the agent's own. A span is used only if the lines it was reported with are unchanged. Bytes that are not UTF-8
are kept; in a file with CRLF the line ends of a suggestion become CRLF.

Of several alternatives none is chosen without asking: helps of one diagnostic that touch the same bytes are
alternatives, helps that do not are parts of one fix and are applied together. This is how `cargo fix` (rustfix) does
it, and the tests compare with its results. A suggestion that was left out appears again in the next run, with new
spans.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from rusta.tools.diagnostics import Applicability, Diagnostic, Suggestion, SuggestionPart

SURE = frozenset({Applicability.machine})


@dataclass(frozen=True)
class Refusal:
    """A suggestion that was not applied, and why."""

    suggestion: Suggestion
    why: str


@dataclass(frozen=True)
class AppliedSuggestion:
    """New contents by path relative to the workspace, the suggestions they include, and those that were refused."""

    files: Mapping[str, bytes]
    applied: tuple[Suggestion, ...]
    refused: tuple[Refusal, ...]


def applicable_suggestions(
    diagnostics: Iterable[Diagnostic], sure: Collection[Applicability] = SURE, codes: Collection[str] | None = None
) -> list[Suggestion]:
    """Return one combined suggestion per diagnostic that has one of an applicability in `sure`.

    `codes` restricts it to these error codes or lints.
    """
    kept = [one for one in diagnostics if codes is None or one.code in codes]
    return [
        whole for one in kept if (whole := _together([way for way in one.suggestions if way.applicability in sure]))
    ]


def _together(suggestions: list[Suggestion]) -> Suggestion | None:
    parts = tuple(part for one in suggestions for part in one.parts)
    meet = any(_touch(one, other) for one, other in combinations(parts, 2) if one.span.path == other.span.path)
    if not suggestions or any(one.ways > 1 for one in suggestions) or (meet and len(suggestions) > 1):
        return None
    order = list(Applicability)
    worst = max((one.applicability for one in suggestions), key=order.index)
    return Suggestion("; ".join(one.message for one in suggestions), worst, parts)


def apply_suggestions(suggestions: Iterable[Suggestion], read: Callable[[str], bytes | None]) -> AppliedSuggestion:
    """Apply what fits, in the given order.

    `read` returns a file's bytes by relative path, or None where there is none.
    """
    before: dict[str, bytes | None] = {}
    taken: dict[str, list[SuggestionPart]] = {}
    applied: list[Suggestion] = []
    refused: list[Refusal] = []
    for suggestion in suggestions:
        if why := _against(suggestion, before, taken, read):
            refused.append(Refusal(suggestion, why))
        elif not all(part in taken.get(part.span.path, []) for part in suggestion.parts):
            applied.append(suggestion)
            for part in suggestion.parts:
                taken.setdefault(part.span.path, []).append(part)
    files = {path: _spliced(before[path] or b"", parts) for path, parts in taken.items()}
    return AppliedSuggestion(files, tuple(applied), tuple(refused))


def _against(
    suggestion: Suggestion,
    before: dict[str, bytes | None],
    taken: Mapping[str, list[SuggestionPart]],
    read: Callable[[str], bytes | None],
) -> str:
    """Return why a suggestion cannot be applied; "" if it can."""
    if all(part in taken.get(part.span.path, []) for part in suggestion.parts):
        return ""  # the same suggestion was applied for another diagnostic
    for n, part in enumerate(suggestion.parts):
        path = part.span.path
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or path.startswith("<"):
            return f"{path} is not in the workspace"
        if path not in before:
            before[path] = read(path)
        data = before[path]
        if data is None:
            return f"{path} is not there"
        if not _still_there(part, data):
            return f"{path}:{part.span.line} has changed since the compiler looked at it"
        if any(_touch(part, other) for other in taken.get(path, [])):
            return f"{path}:{part.span.line} is already being changed by another suggestion"
        if any(_overlap(part, other) for other in suggestion.parts[:n] if other.span.path == path):
            return f"its own parts overlap at {path}:{part.span.line}"
    return ""


def _still_there(part: SuggestionPart, data: bytes) -> bool:
    span = part.span
    if not 0 <= span.start <= span.end <= len(data):
        return False
    first = data.rfind(b"\n", 0, span.start) + 1
    last = data.find(b"\n", span.end)
    lines = data[first : last if last >= 0 else len(data)].split(b"\n")
    seen = [line.decode("utf-8", "replace").removesuffix("\r") for line in lines]
    seen[0] = seen[0].removeprefix("\ufeff") if first == 0 else seen[0]  # rustc's line has no byte order mark
    return tuple(seen) == span.text if span.text else span.start == span.end


def _overlap(one: SuggestionPart, other: SuggestionPart) -> bool:
    return one.span.start < other.span.end and other.span.start < one.span.end


def _touch(one: SuggestionPart, other: SuggestionPart) -> bool:
    """Return whether two parts overlap or share a border, where the order of two insertions would be undefined."""
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _spliced(data: bytes, parts: Iterable[SuggestionPart]) -> bytes:
    crlf = b"\r\n" in data and data.count(b"\n") == data.count(b"\r\n")
    # Bottom-up, so that earlier offsets stay valid. Insertions at one offset keep the order they were given in.
    for _, part in sorted(enumerate(parts), key=lambda of: (of[1].span.start, of[1].span.end, of[0]), reverse=True):
        text = part.text.encode()
        if crlf:
            text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        data = data[: part.span.start] + text + data[part.span.end :]
    return data
