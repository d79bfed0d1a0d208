"""A list of facts within a number of characters: first what is long is cut, then what matters least is only counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rusta.mirror.fact import ChangeFact, UsedAt, short, whole_lines, whole_sentences

SCALES = (1.0, 0.7, 0.5, 0.35)  # of the length that documentation and examples may have
LEAST_OF_CODE = 0.5  # less of an example says nothing
SHORTEST = 80  # characters of text that are always left
LONGEST_MINOR = 80
LONG = (
    "docs",
    "example",
    "commit",
)  # kinds that are cut and counted; the others are short by themselves, or are quoted


def within_budget(facts: Sequence[ChangeFact], most: int, used: UsedAt = lambda path: ()) -> list[ChangeFact]:
    """Return the facts, in their order, with at most `most` characters as far as what cannot be cut allows.

    What documents an item that workspaces use is told before other documentation.
    """
    facts = [_cut(one, LONGEST_MINOR, 0) if one.minor else one for one in facts]
    if sum(len(one.shown) for one in facts) > most:
        facts = [one for one in facts if not (one.minor and one.kind in LONG)]
    cut = facts
    for scale in SCALES:
        cut = [_scaled(one, scale) if one.kind in LONG else one for one in facts]
        if sum(len(one.shown) for one in cut) <= most:
            return cut
    return _chosen(cut, most, used)


def _chosen(facts: Sequence[ChangeFact], most: int, used: UsedAt) -> list[ChangeFact]:
    """The facts that fit, the first of each file before the second of any, documentation and examples in turn; the rest is counted."""
    seen, turns, ranks = Counter[str](), Counter[tuple[str, int]](), list[tuple[bool, bool, int, int, int]]()
    for n, one in enumerate(facts):
        group = one.path if one.kind != "commit" else one.kind
        later = one.kind in LONG and not (one.item and not one.minor and used(one.item))
        place = seen[group] if later else 0
        ranks.append((later, one.minor, place, turns[one.kind, place] if later else 0, n))
        turns[one.kind, place] += 1
        seen[group] += 1
    kept, left, out = set[int](), most, Counter[tuple[str, str]]()
    for *_, n in sorted(ranks):
        left -= len(facts[n].shown)
        if left >= 0:
            kept.add(n)
        elif not facts[n].minor:
            out[facts[n].kind, facts[n].package] += 1
    result = [facts[n] for n in sorted(kept)]
    first = {(one.kind, one.package): one for one in reversed([facts[n] for n in range(len(facts)) if n not in kept])}
    for (kind, package), count in out.items():
        at = first[kind, package]
        result.append(ChangeFact(kind, f"and {count} more that are not told here", at.path, at.line, package=package))
    return result


def _scaled(fact: ChangeFact, scale: float) -> ChangeFact:
    scale = max(scale, LEAST_OF_CODE) if fact.kind == "example" else scale
    return _cut(fact, max(SHORTEST, int(len(fact.text) * scale)), max(SHORTEST, int(len(fact.before) * scale)))


def _cut(fact: ChangeFact, most: int, before: int) -> ChangeFact:
    cut = {"docs": whole_sentences, "example": whole_lines}.get(fact.kind, short)
    return replace(fact, text=cut(fact.text, most), before=cut(fact.before, before) if before and fact.before else "")
