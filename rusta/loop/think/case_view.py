"""What the model is shown of a failing build: errors grouped by cause, and the code they lean on, as much as fits.

A small model loses track in a long prompt: it is shown the first error and a few items. A model that is trusted with
the whole is shown every group, the files with errors, the types and traits that the messages name, and the manifest
where cargo itself refuses.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.loop.think.hypotheses import FileReader, name
from rusta.loop.think.situation import Situation
from rusta.tools import items
from rusta.tools.diagnostics import Diagnostic, Span
from rusta.tools.phases import CARGO

LONGEST_ITEM = 6000  # bytes; a longer item is shown in part
LONGEST_ERROR = 1600  # characters
OTHERS = 2  # further items shown to a small model, of those the compiler points to
HALF_WINDOW = 20  # lines shown before and after a place that no item contains
PLACES = 6  # places listed of one group
NAMED = re.compile(r"`([^`\n]{1,200})`")
TYPE = re.compile(r"\b[A-Z]\w+")
SMALL_FILE = 12_000  # bytes of a file that is shown whole


@dataclass(frozen=True)
class ShownItem:
    """An item as it is shown to the model."""

    file: str
    path: str  # of the item; "" for lines that are not an item
    text: str


@dataclass(frozen=True)
class ErrorGroup:
    """Errors with one code and message: the first as rustc renders it, and where all of them are."""

    first: Diagnostic
    places: tuple[str, ...]


def grouped_by_cause(errors: Sequence[Diagnostic]) -> list[ErrorGroup]:
    """Group errors that say the same, in the order of the first of each group."""
    groups: dict[str, list[Diagnostic]] = {}
    for error in errors:
        groups.setdefault(name(error), []).append(error)
    return [ErrorGroup(group[0], tuple(dict.fromkeys(one.place for one in group))) for group in groups.values()]


def involved(error: Diagnostic, read: FileReader, others: int = OTHERS) -> list[ShownItem]:
    """Return the item that contains the error, then others that the compiler points to.

    Where no item contains a span, or the item is too long, the lines around the span are used. Files that are not
    UTF-8 are left out.
    """
    spans = [error.primary, *_spans(error)]
    found: dict[tuple[str, str], ShownItem] = {}
    for span in spans:
        source = read(span.path) if span else None
        if span is None or source is None or not _is_text(source):
            continue
        item = items.enclosing(source, span.start)
        if item is None or item.end - item.start > LONGEST_ITEM:
            lines = source.decode("utf-8", "replace").splitlines()
            text = "\n".join(lines[max(0, span.line - HALF_WINDOW) : span.line + HALF_WINDOW])
            found.setdefault((span.path, ""), ShownItem(span.path, "", text))
        else:
            text = source[item.start : item.end].decode("utf-8", "replace")
            found.setdefault((span.path, item.path), ShownItem(span.path, item.path, text))
    return list(found.values())[: 1 + others]


def question(error: Diagnostic, shown: Sequence[ShownItem], before: Sequence[str], wanted: ShownItem) -> str:
    """Return the prompt that asks for one item, `wanted`, of those shown."""
    rendered = error.rendered.strip()[:LONGEST_ERROR]
    first, *rest = shown
    parts = [
        f"rustc refuses this:\n\n```text\n{rendered}\n```",
        f"It is in `{first.path or first.file}`, {first.file}:",
        f"```rust\n{first.text}\n```",
    ]
    parts += [f"`{other.path or other.file}` has to do with it:\n\n```rust\n{other.text}\n```" for other in rest]
    if before:
        parts.append("This was tried and did not do:\n" + "\n".join(f"- {one}" for one in before[-2:]))
    parts.append(
        f"Say in one sentence why rustc refuses it. Then write `{wanted.path or wanted.file}` anew, whole and corrected, and "
        "nothing else, in one ```rust block."
    )
    return "\n\n".join(parts)


def whole_case(situation: Situation, room: int) -> tuple[str, list[ShownItem]]:
    """Return every group of errors with the code they lean on, in at most `room` characters, and what was shown."""
    groups = grouped_by_cause(situation.errors)
    parts = [f"cargo refuses this crate: {len(situation.errors)} errors, {len(groups)} of a kind of their own."]
    left = room - len(parts[0])
    for group in groups:
        places = "; ".join(group.places[:PLACES]) + (" ..." if len(group.places) > PLACES else "")
        said = f"```text\n{group.first.rendered.strip()[:LONGEST_ERROR]}\n```\nat {places}"
        if len(said) > left // 2:
            said = f"{name(group.first)}, at {places}"
        parts.append(said)
        left -= len(said)
    shown: list[ShownItem] = []
    for one in _leaned_on(situation):
        size = len(one.text) + len(one.file) + 20
        if size > left or any(one.file == other.file and one.text in other.text for other in shown):
            continue
        fence = "toml" if one.file.endswith(".toml") else "rust"
        where = f"`{one.path}` in {one.file}" if one.path else one.file
        parts.append(f"{where}:\n\n```{fence}\n{one.text}\n```")
        shown.append(one)
        left -= size
    if others := [path for path in situation.files if path not in {one.file for one in shown}]:
        parts.append("Other files: " + ", ".join(others[:60]))
    return "\n\n".join(parts), shown


def _leaned_on(situation: Situation) -> Iterator[ShownItem]:
    """Yield files with errors, whole where they are short, then items that are pointed to or named, then manifests."""
    spans = [span for error in situation.errors for span in _spans(error)]
    refused = any((error.code or "").startswith(CARGO) for error in situation.errors)
    manifests = [path for path in situation.files if path.endswith("Cargo.toml")]
    first = dict.fromkeys(error.primary.path for error in situation.errors if error.primary)
    for path in dict.fromkeys([*first, *(manifests if refused else []), *(span.path for span in spans)]):
        source = situation.read(path)
        if source is not None and len(source) <= SMALL_FILE and _is_text(source):
            yield ShownItem(path, "", source.decode())
    for error in situation.errors:
        yield from involved(error, situation.read, others=len(situation.errors) + OTHERS)
    said = " ".join(said for error in situation.errors for said in NAMED.findall(error.rendered))
    wanted = set(TYPE.findall(said))
    for path, code in situation.sources():
        for item in items.items(code.source):
            if item.name in wanted and item.end - item.start <= LONGEST_ITEM and _is_text(code.source):
                yield ShownItem(path, item.path, code.source[item.start : item.end].decode())
    for path in manifests:
        source = situation.read(path)
        if source is not None and len(source) <= SMALL_FILE and _is_text(source):
            yield ShownItem(path, "", source.decode())


def _spans(error: Diagnostic) -> Iterator[Span]:
    yield from error.spans
    yield from (span for child in error.children for span in child.spans)


def _is_text(source: bytes) -> bool:
    try:
        source.decode()
    except UnicodeDecodeError:  # the bytes would not survive being rewritten by the model
        return False
    return True
