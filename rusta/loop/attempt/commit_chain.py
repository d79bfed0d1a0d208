"""Hypotheses that were kept, one upon the other: only together did they pass the judge, and they are told together."""

from collections.abc import Sequence
from dataclasses import dataclass

from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.think.hypotheses import FREE, Hypothesis


@dataclass(frozen=True)
class ChainLink:
    """A hypothesis that was kept: the state it led to, and what the compiler said before and after."""

    hypothesis: Hypothesis
    state: ScratchChanges
    before: tuple[str, ...]
    after: tuple[str, ...]


def reasons(chain: Sequence[ChainLink]) -> str:
    """Why all of it is done, in order: only together the links ended what was to be ended."""
    return "; then ".join(dict.fromkeys(link.hypothesis.reason.rstrip(".") for link in chain))


def prices(chain: Sequence[ChainLink]) -> str:
    """What all of it costs; that a part costs nothing is not told beside what does."""
    told = dict.fromkeys(link.hypothesis.trade_off for link in chain)
    return "; ".join([one for one in told if one != FREE] or [FREE])
