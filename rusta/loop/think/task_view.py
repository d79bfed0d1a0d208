"""What a small model is shown of a task: the outline of one file, the one that the request is about, and the shortest form of an answer.

The description of all calls and edits takes half of what such a model can follow, and then it answers nothing (measured
in docs/measured.md). It is asked for code alone; where that goes is worked out (`attempt/edits/placing.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rusta.loop.attempt.actions import Reply, ReplyProblem, Trouble, WholeFile
from rusta.loop.attempt.edits.placing import placed
from rusta.loop.attempt.edits.text import DoesNotApply
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.gates.explained import reasoned
from rusta.loop.think.model_proposer import BLOCK
from rusta.tools import items
from rusta.tools.items import Item, ItemKind
from rusta.tools.syntax_walk import last_name

LONGEST = 6000  # characters of code that are shown
LONGEST_NAMED = 1500  # of a function that the request names
TYPES = (ItemKind.STRUCT, ItemKind.ENUM, ItemKind.UNION, ItemKind.TRAIT)
SIGNATURE = re.compile(r"`[^`\n]{0,400}\([^`\n]{0,400}`")
GIVEN = re.compile(r"`(?:pub )?(?:fn )?(?P<head>[a-z_]\w*\([^`{}\n]{0,200}\)(?: ?-> ?[^`{}\n]{1,100})?)`")
WORD = re.compile(r"[A-Za-z_]\w*")
TESTS = ("tests", "benches", "examples")
ASKED = (
    "Write what is new or changed, whole, in one ```rust block, and nothing else: a method in an `impl` block, a test as a "
    "`#[test]` function. Leave out what stays as it is."
)


@dataclass(frozen=True)
class TaskView:
    """The file that a request is about, the type that it names there ("" for none), and what is shown of it."""

    request: str
    path: str
    owner: str
    shown: str
    opening: str  # how the code begins, where the request gives the signature; else ""

    @property
    def beside(self) -> str:
        """The text that goes with the request."""
        return f"{self.path}:\n\n```rust\n{self.shown}\n```\n\n{ASKED}"


def task_view(request: str, scratch: Scratch) -> TaskView | None:
    """Return what is shown for a request; None where no source of the workspace can be."""
    said = WORD.findall(SIGNATURE.sub(" ", request)) + WORD.findall(request)  # a signature names types beside the point
    words = {word: at for at, word in reversed(list(enumerate(said)))}
    best: tuple[tuple[int, int, int], str, Item | None] | None = None
    for path in scratch.sources():
        source = scratch.read(path)
        if not path.endswith(".rs") or source is None or any(part in TESTS for part in path.split("/")[:-1]):
            continue
        named = path in request
        for item in _named(source, words):
            rank = (not named, item.kind not in TYPES, words[item.name])
            if best is None or rank < best[0]:
                best = (rank, path, item)
        if best is None or (named and best[1] != path):
            best = ((not named, True, len(words)), path, None)
        elif best[2] is None and path.endswith(("src/lib.rs", "src/main.rs")):
            best = (best[0], path, None)
    if best is None:
        return None
    _, path, item = best
    source = scratch.read(path) or b""
    owner = item.name if item is not None and item.kind in TYPES else _owner(item)
    shown = "\n\n".join(_shown(source, request)).strip()
    return TaskView(request, path, owner, shown, _opening(request, source, owner)) if shown else None


def _opening(request: str, source: bytes, owner: str) -> str:
    """Return the first lines of what a request gives the signature of: a function, or a method in its `impl`."""
    given = GIVEN.search(request)
    if given is None or "`" in given["head"]:
        return ""
    head = f"pub fn {' '.join(given['head'].split())} {{\n"
    if not re.search(r"\(\s*(?:&\s*)?(?:mut\s+)?self\b", head):
        return head
    for one in items.items(source):
        if one.kind is ItemKind.IMPL and not one.trait and last_name(one.name.removeprefix("impl ")) == owner:
            return f"{one.signature} {{\n    {head}"
    return ""


def code_alone(reply: Reply, answer: str) -> str:
    """Return the code of an answer that does not say where it goes; "" where it does, and where there is none."""
    said = [one for one in reply.actions if not (isinstance(one, WholeFile) and not one.sure)]
    return "" if said else "\n\n".join(found["code"].strip("\n") for found in BLOCK.finditer(answer)).strip("\n")


def placed_reply(reply: Reply, code: str, view: TaskView, scratch: Scratch) -> Reply:
    """Return a reply whose edit is the whole file with that code in its place; the same reply for no code."""
    if not code.strip():
        return reply
    before = reply.narration.partition("```")[0].strip()
    try:
        whole = placed(scratch.read(view.path) or b"", f"{code}\n", view.owner, WORD.findall(view.request))
    except DoesNotApply as refusal:
        return Reply((before, ReplyProblem(Trouble.UNREADABLE, str(refusal))))
    reason = before if reasoned(before) else f"As it was asked for: {' '.join(view.request.split())}"
    return Reply((reason, WholeFile(view.path, whole.decode("utf-8", "replace"))))


def _named(source: bytes, words: dict[str, int]) -> Iterator[Item]:
    for item in items.items(source):
        if item.name in words and item.kind is not ItemKind.IMPL and not any("test" in cfg for cfg in item.cfg):
            yield item


def _owner(item: Item | None) -> str:
    return (
        item.path.split("::")[-2] if item is not None and item.kind is ItemKind.FUNCTION and "::" in item.path else ""
    )


def _shown(source: bytes, request: str) -> Iterator[str]:
    """Yield the file's items outside of tests: types and what the request names whole, of other functions the signature.

    A small model that is shown a whole file writes the whole file down again, until its tokens are spent.
    """
    words, room, end = set(WORD.findall(request)), LONGEST, -1
    found = items.items(source)
    for one in found:
        if one.start < end or any("test" in cfg for cfg in one.cfg):
            end = max(end, one.end)
            continue
        end = one.end
        text = source[one.code : one.end].decode("utf-8", "replace")
        if one.kind in (ItemKind.IMPL, ItemKind.MODULE):
            inside = [other for other in found if one.start < other.start and other.end <= one.end]
            lines = [_line(other, source, words) for other in inside]
            text = "\n".join([f"{one.signature} {{", *(f"    {line}" for line in lines), "}"])
        elif one.kind is ItemKind.FUNCTION:
            text = _line(one, source, words)
        else:
            text = source[one.start : one.end].decode("utf-8", "replace")
        if len(text) <= room:
            room -= len(text)
            yield text


def _line(one: Item, source: bytes, words: set[str]) -> str:
    """Return a function as it is shown within others."""
    whole = source[one.code : one.end].decode("utf-8", "replace")
    return whole if one.name in words and len(whole) <= LONGEST_NAMED else f"{one.signature};"
