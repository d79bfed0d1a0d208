"""The model without the loop: the error and the file once, one answer, taken as kindly as it can be.

It is the second baseline, and must not be a straw man: it sees what the compiler says and the item or the file it says it
of, it is asked for the shortest text that can hold the fix, and its answer counts whether it is a file, an item, several
items, a method without its `impl`, or a few lines. Shown the whole file, a small model copies it until its tokens are
spent; that is why `item` is the form it is given unless another is asked for.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hands.arms import Outcome
from rusta.data.mutation.judge import first_error, with_tests_of
from rusta.identity.turns import Role, Turn
from rusta.mind.mind import Generation, Mind
from rusta.tools import items
from rusta.tools.cargo import Cargo
from rusta.tools.diagnostics import Diagnostic
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.protocol import Sandbox

WHO = Turn(Role.SYSTEM, "You are an expert Rust programmer.")
LONGEST_ERROR = 1600  # characters
LONGEST_FILE = 7000  # characters; of a longer one, only the item with the error is shown
FENCE = re.compile(r"```[^\n`]*\n(?P<code>.*?)(?:\n\s*```|\Z)", re.DOTALL)
SHORT = 3  # lines that may be lines although they begin like an item
ALIKE = 0.6  # how much lines have to resemble those they replace


@dataclass
class Alone:
    """One question, one answer. `form` is what is shown beside the error: the whole `file` without tests, or the `item`."""

    mind: Mind
    sandbox: Sandbox
    target: Path
    state: str
    form: str = "item"
    tokens: int = 400
    name: str = "alone"

    def repair(self, crate: Path, seconds: float) -> Outcome:
        """Ask once, and write what it says."""
        error = first_error(Cargo(crate, self.sandbox, self.target, Limits(seconds=seconds)).check(all_targets=True))
        path = place(crate, error)
        if error is None or path is None:
            return Outcome(1, note="no error with a place")
        source = (crate / path).read_bytes()
        at = error.primary.start if error.primary and error.primary.path == path else 0
        turns = [WHO, Turn(Role.PERSON, question(error, path, source, at, self.form))]
        generation = Generation(max_tokens=self.tokens, temperature=0.0, repetition_penalty=1.0)
        answer = "".join(piece.text for piece in self.mind.stream(turns, generation))
        item = items.enclosing(source, at) if self.form == "item" else None
        changed = accept(answer, source, at, item.path if item else "")
        if changed is not None:
            (crate / path).write_bytes(changed)
        return Outcome(2, 1, int(changed is not None), answer)


def place(crate: Path, error: Diagnostic | None) -> str | None:
    """The source file to show: that of the error, or the one it points to from a test."""
    if error is None:
        return None
    spans = [*error.spans, *(span for child in error.children for span in child.spans)]
    paths = [error.primary.path] if error.primary else []
    paths += [span.path for span in spans]
    known = [path for path in paths if (crate / path).is_file() and not Path(path).is_absolute()]
    own = [path for path in known if path.startswith("src/")]
    return next(iter(own), "src/lib.rs" if (crate / "src/lib.rs").is_file() else next(iter(known), None))


def question(error: Diagnostic, path: str, source: bytes, at: int, form: str) -> str:
    """The words."""
    item = items.enclosing(source, at)
    shown = without_tests(source)
    if (form == "item" or len(shown) > LONGEST_FILE) and item is not None:
        shown = source[item.start : item.end].decode("utf-8", "replace")
    what = f"`{item.path}`" if item is not None else "the part that is wrong"
    return (
        f"This Rust code does not compile:\n\n```\n{error.rendered.strip()[:LONGEST_ERROR]}\n```\n\n{path}:\n\n"
        f"```rust\n{shown.strip()}\n```\n\nFix the error. Answer with the corrected code of {what} (or of whatever item "
        "has to change), complete, in one ```rust block, without the rest of the file."
    )


def without_tests(source: bytes) -> str:
    """The file as the model sees it."""
    cut = [item for item in items.items(source) if any("test" in cfg for cfg in item.cfg)]
    for item in reversed(cut):
        source = source[: item.start] + source[item.end :]
    return source.decode("utf-8", "replace")


def accept(answer: str, source: bytes, at: int, asked: str = "") -> bytes | None:
    """The file with what the answer says put in its place; None when there is nothing in it that can be used.

    Where the item that was `asked` for is there, other items are not looked at: the model had not seen them. Of an answer
    that was cut off, the item it was cut in does not count.
    """
    changed = source
    blocks = [block["code"] for block in FENCE.finditer(answer)] or [answer]
    for code in blocks:
        changed = _with(_whole(code.encode()), changed, at, asked) or changed
    return changed if changed != source else None


def _whole(code: bytes) -> bytes:
    """Without the item that is still open where the text ends, if there is one before it."""
    found = list(_outermost(code))
    open_ended = code.count(b"{") > code.count(b"}") + 1
    return code[: found[-1].start] if open_ended and len(found) > 1 else code


def _with(code: bytes, source: bytes, at: int, asked: str) -> bytes | None:
    """The file with one block of code in it."""
    given = list(_outermost(code))
    # The head of a function alone is a line, not an item.
    open_ended = code.count(b"{") != code.count(b"}") and code.strip().count(b"\n") < SHORT
    if not given or open_ended:
        return _lines(code.decode("utf-8", "replace"), source.decode("utf-8", "replace"), at)
    own = {(item.kind, item.path) for item in items.items(without_tests(source).encode())}
    if len(own) > 1 and own <= {(item.kind, item.path) for item in items.items(code)}:
        return with_tests_of(code, source)  # the whole file
    wanted = [item for item in items.items(code) if asked and item.name == asked.rpartition("::")[2]]
    for use in re.findall(rb"^use [^;]+;", code, re.MULTILINE):
        if _new(use, source):
            source = _imported(use, source)
    for item in wanted[:1] or given:
        source = _put(item, code, source, at)
    return source


def _new(use: bytes, source: bytes) -> bool:
    """Whether it brings a name that the file neither imports nor defines."""
    names = [name for name in re.findall(rb"\w+(?=\s*[,};])", use) if name != b"self"]
    known = b"\n".join(re.findall(rb"^\s*use [^;]+;|\b(?:struct|enum|trait|type|fn|mod) \w+", source, re.MULTILINE))
    return any(not re.search(rb"\b" + name + rb"\b", known) for name in names)


def _put(item: items.Item, code: bytes, source: bytes, at: int) -> bytes:
    """One item in the place of its namesake: the whole, or for an `impl` that is not whole its members one by one."""
    text = code[item.start : item.end]
    twins = [other for other in items.find(source, item.name) if other.kind is item.kind]
    if item.kind is items.ItemKind.IMPL:
        inside = [part for part in items.items(code) if item.start < part.start and part.end <= item.end]
        twin = twins[0] if twins else None
        old = [part for part in items.items(source) if twin and twin.start < part.start and part.end <= twin.end]
        if twin is None:
            return source.rstrip() + b"\n\n" + text + b"\n"
        if {part.name for part in old} <= {part.name for part in inside}:
            return source[: twin.start] + text + source[twin.end :]
        for part in inside:
            source = _put(part, code, source, at)
        return source
    if not twins:
        return source.rstrip() + b"\n\n" + text + b"\n"
    twin = min(twins, key=lambda other: 0 if other.start <= at < other.end else abs(other.start - at) + 1)
    start = twin.code if item.start == item.code else twin.start  # attributes and docs stay where none are given
    if twin.public and not item.public and item.kind is not items.ItemKind.IMPL:
        seen = re.match(rb"pub(\([^)]*\))? ", source[twin.code :])
        text = text[: item.code - item.start] + (seen[0] if seen else b"") + text[item.code - item.start :]
    return source[:start] + text + source[twin.end :]


def _outermost(source: bytes) -> Iterator[items.Item]:
    end = -1
    for item in items.items(source):
        if item.start >= end:
            end = item.end
            yield item


def _imported(use: bytes, source: bytes) -> bytes:
    """The file with one more `use`, after its inner docs and attributes."""
    found = re.match(rb"(?:\s*(?://!|#!\[)[^\n]*\n)*\s*", source)
    at = found.end() if found else 0
    return source[:at] + use + b"\n" + source[at:]


def _lines(code: str, source: str, at: int) -> bytes | None:
    """A few lines in the place of those they resemble most, the nearest to the error where several do."""
    new = [line for line in code.strip("\n").splitlines() if line.strip() and line.strip() != "..."]
    old = source.splitlines()
    if not new or len(new) > 12:
        return None
    error = source[:at].count("\n")
    best: tuple[float, int] | None = None
    for row in range(len(old) - len(new) + 1):
        window = "\n".join(line.strip() for line in old[row : row + len(new)])
        ratio = difflib.SequenceMatcher(None, window, "\n".join(line.strip() for line in new)).ratio()
        score = ratio - abs(row - error) / 1000
        if ratio >= ALIKE and (best is None or score > best[0]):
            best = (score, row)
    if best is None:
        return None
    row = best[1]
    indent = old[row][: len(old[row]) - len(old[row].lstrip())]
    shift = new[0][: len(new[0]) - len(new[0].lstrip())]
    moved = [indent + line.removeprefix(shift) for line in new]
    return "\n".join([*old[:row], *moved, *old[row + len(new) :], ""]).encode()
