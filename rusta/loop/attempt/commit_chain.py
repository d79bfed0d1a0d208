"""A chain of accepted hypotheses, each built upon the one before: they passed the checks only together."""

from collections.abc import Sequence
from dataclasses import dataclass

from rusta.loop.attempt.scratch_copy import ScratchChanges
from rusta.loop.think.hypotheses import FREE, Hypothesis


@dataclass(frozen=True)
class ChainLink:
    """An accepted hypothesis: the state it led to, and the compiler's errors before and after."""

    hypothesis: Hypothesis
    state: ScratchChanges
    before: tuple[str, ...]
    after: tuple[str, ...]


def reasons(chain: Sequence[ChainLink]) -> str:
    """Return the reasons of all links, in order, as one sentence."""
    return "; then ".join(dict.fromkeys(link.hypothesis.reason.rstrip(".") for link in chain))


def prices(chain: Sequence[ChainLink]) -> str:
    """Return the costs of all links; links that cost nothing are not mentioned beside ones that do."""
    told = dict.fromkeys(link.hypothesis.trade_off for link in chain)
    return "; ".join([one for one in told if one != FREE] or [FREE])
