"""Ask the model for a fix when the compiler's own suggestions do not help: one item, one error, one answer.

A small model loses track in a long prompt, and does best with whole text (aider's leaderboard: whole 16.4 % against
diff 8.0 % for this family). So the prompt has the first error as the compiler renders it, the item that contains it,
and the items that the compiler points to; the answer is one whole item. Without a constraint the stand-in model often
explains and writes no code, so an engine that supports it is constrained by a grammar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.loop.attempt.actions import Malformed, ReplaceItem, SearchReplace, grammar, parse, repair
from rusta.loop.attempt.actions.grammar import ITEM
from rusta.loop.attempt.actions.kinds import EDITS
from rusta.loop.attempt.edits import Unchanged, apply_all
from rusta.loop.gates.copied_instructions import dictated
from rusta.loop.gates.explained import odd
from rusta.loop.refine.turn_limits import until_chant
from rusta.loop.think.hypotheses import FileReader, Hypothesis, name, price
from rusta.loop.workplace import Seen
from rusta.mind.mind import Constraint, Generation, Mind
from rusta.tools import items
from rusta.tools.diagnostics import Diagnostic

LONGEST_ITEM = 6000  # bytes; a longer item is shown in part
LONGEST_ERROR = 1600  # characters
OTHERS = 2  # further items shown, of those the compiler points to
BLOCK = re.compile(r"```(?:rust|rs)?[^\n]{0,200}\n(?P<code>.*?)(?:\n```|\Z)", re.DOTALL)
SENTENCES = 3  # lines, of at most 160 letters, before the code
ROOM = 20  # lines that the new item may have beyond twice the old one's
HALF_WINDOW = 20  # lines shown before and after a place that no item contains


@dataclass(frozen=True)
class ShownItem:
    """An item as it is shown to the model."""

    file: str
    path: str  # of the item; "" for lines that are not an item
    text: str


@dataclass(frozen=True)
class ProposedAnswer:
    """The model's answer, and the hypothesis made from it, or why there is none."""

    text: str
    well_formed: bool
    hypothesis: Hypothesis | None
    problem: str = ""


class Consult:
    """Asks a loaded model."""

    def __init__(self, mind: Mind, generation: Generation, who: Turn = NAME) -> None:
        self.mind, self.generation, self.who = mind, generation, who

    def ask(
        self, errors: Sequence[Diagnostic], read: FileReader, attempt: int, before: Sequence[str] = ()
    ) -> ProposedAnswer:
        """Return one hypothesis for the first of `errors`. `before` are the results of earlier ones, the latest last.

        The first attempt decodes greedily; later ones sample, so that they do not repeat the same answer.
        """
        error = errors[0]
        shown = involved(error, read)
        if not shown:
            return ProposedAnswer("", False, None, f"the compiler names no place in the workspace for {name(error)}")
        heat = 0.0 if attempt == 0 else max(0.5, self.generation.temperature)
        generation = replace(self.generation, temperature=heat, seed=self.generation.seed + attempt)
        turns = [self.who, Turn(Role.PERSON, question(error, shown, before))]
        constraint = form(shown[0]) if self.mind.constrains else None
        text = "".join(piece.text for piece in until_chant(self.mind.stream(turns, generation, constraint)))
        return self._understood(text, error, shown, read)

    def _understood(self, text: str, error: Diagnostic, shown: Sequence[ShownItem], read: FileReader) -> ProposedAnswer:
        reply = parse(text)
        wanted = [action for action in reply.actions if isinstance(action, EDITS)]
        if not wanted and shown[0].path and (block := BLOCK.search(text)):
            try:
                wanted = [ReplaceItem(shown[0].path, block["code"], shown[0].file)]
            except Malformed as problem:
                return ProposedAnswer(text, False, None, str(problem))
        if not wanted:
            return ProposedAnswer(text, False, None, repair(reply) or "there was no code in the answer")
        wanted = [
            replace(one, code=lone(one.code, one.item)) if isinstance(one, ReplaceItem) else one for one in wanted
        ]
        codes = [one.replace if isinstance(one, SearchReplace) else one.code for one in wanted]
        if any(dictated(code, error) for code in codes if code.strip()):
            return ProposedAnswer(
                text, True, None, "the answer stands word for word in what the compiler was made to print"
            )
        applied = apply_all(wanted, read, [one.file for one in shown])
        if not applied.changes:
            return ProposedAnswer(
                text, all(isinstance(why, Unchanged) for _, why in applied.failed), None, applied.repair
            )
        changes: dict[str, bytes | None] = dict(applied.changes)
        if all(read(path) == content for path, content in changes.items()):
            return ProposedAnswer(text, True, None, "the answer is what was there before")
        for path, content in changes.items():
            if unread := _seen(shown).unread(path, read(path), content):
                return ProposedAnswer(text, True, None, f"the answer changes {unread}, which was not shown")
            if why := odd(_text(content), _text(read(path))):
                return ProposedAnswer(
                    text, True, None, f"there is {why} in the answer, and no comment beside it says why"
                )
        reason = opening(reply.narration) or f"to end {name(error)}"
        return ProposedAnswer(text, True, Hypothesis("mind", reason, price(changes, read), changes, (name(error),)))


def _seen(shown: Sequence[ShownItem]) -> Seen:
    """Return the shown text as read, since the model may change that and nothing else."""
    seen = Seen()
    for one in shown:
        seen.item(one.file, one.text.encode())
    return seen


def lone(code: str, path: str) -> str:
    """Return the item at `path` alone, if it occurs exactly once in the code; else all of the code."""
    source = code.encode()
    found = [one for one in items.items(source) if path in (one.path, one.name) or path.endswith(f"::{one.name}")]
    return source[found[0].start : found[0].end].decode() if len(found) == 1 else code


def opening(narration: str, most: int = 300) -> str:
    """Return the first sentences of a text, whole ones where they fit into `most` characters."""
    said = " ".join(narration.split())
    kept = ""
    for sentence in re.split(r"(?<=[.!?])\s+", said):
        if kept and len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= most else kept[:most].rsplit(" ", 1)[0] + " …"


def form(asked: ShownItem) -> Constraint | None:
    """Return the grammar for a few sentences and then the requested item; None for lines that are not an item."""
    if not asked.path:
        return None
    room = 2 * asked.text.count("\n") + ROOM
    return grammar((ITEM,), [(asked.path, asked.file)], [asked.file], lines=room, sentences=SENTENCES)


def involved(error: Diagnostic, read: FileReader) -> list[ShownItem]:
    """Return the item that contains the error, then others that the compiler points to.

    Where no item contains a span, or the item is too long, the lines around the span are used. Files that are not
    UTF-8 are left out.
    """
    spans = [error.primary, *error.spans, *(span for child in error.children for span in child.spans)]
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
    return list(found.values())[: 1 + OTHERS]


def question(error: Diagnostic, shown: Sequence[ShownItem], before: Sequence[str]) -> str:
    """Return the prompt."""
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
        f"Say in one sentence why rustc refuses it. Then write `{first.path or first.file}` anew, whole and corrected, and "
        "nothing else, in one ```rust block."
    )
    return "\n\n".join(parts)


def _text(source: bytes | None) -> str:
    return (source or b"").decode("utf-8", "replace")


def _is_text(source: bytes) -> bool:
    try:
        source.decode()
    except UnicodeDecodeError:  # the bytes would not survive being rewritten by the model
        return False
    return True
