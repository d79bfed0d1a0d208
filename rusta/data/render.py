"""Tokenise a page: the ids, and which of them carry loss. The ChatML is the same as at inference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rusta.data.corpus import FENCED
from rusta.data.pages import Page
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.tools.blocks import shown

IGNORED = -100


class Tokenizer(Protocol):
    """The part of a tokenizer's interface that rendering needs."""

    def __call__(self, text: str, *, add_special_tokens: bool, return_offsets_mapping: bool) -> dict[str, list]:
        """Return token ids and their character spans."""
        ...


@dataclass(frozen=True)
class Example:
    """Token ids, targets (`IGNORED` where no loss is carried), and which targets are prose and not code."""

    ids: list[int]
    targets: list[int]
    prose: list[bool]
    name: str = ""  # of the page, as folder/file

    @property
    def carries(self) -> bool:
        """Whether any token carries loss; the first cannot, because nothing precedes it."""
        return any(target != IGNORED for target in self.targets[1:])


def render(page: Page, tokenizer: Tokenizer, longest: int) -> Example:
    """Return a page as tokens, truncated to `longest`. Rusta's turns and their end markers carry loss, others do not.

    The text is tokenised as a whole, as at inference, and loss is assigned by character spans: tokens never straddle a
    turn because the ChatML markers are tokens of their own.
    """
    text, spans = chatml([NAME, *page.turns] if len(page.turns) > 1 else page.turns)
    coded = [(m.start(), m.end()) for m in FENCED.finditer(text)]
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, targets, prose = encoded["input_ids"][:longest], [], []
    for token, (start, end) in zip(ids, encoded["offset_mapping"], strict=False):
        targets.append(token if any(a <= start and end <= b for a, b in spans) else IGNORED)
        prose.append(not any(a <= start < b for a, b in coded))
    return Example(ids, targets, prose, f"{page.path.parent.name}/{page.path.stem}")


def chatml(turns: Sequence[Turn]) -> tuple[str, list[tuple[int, int]]]:
    """Return the ChatML text of a conversation, and the character spans that the model would have to generate."""
    text, spans = "", []
    for turn in turns:
        text += f"<|im_start|>{turn.role.value}\n"
        start = len(text)
        text += f"{shown(turn.text)}<|im_end|>"
        if turn.role is Role.RUSTA:
            spans.append((start, len(text)))
        text += "\n"
    return text, spans
