"""Rank a workspace's items for a request: PageRank over references between files, as aider ranks its repository map.

A file that uses a name votes for the files that define it. A vote is weighted by the square root of how often the name
is used; times ten for names that the request mentions and for names long enough to be specific; times a tenth for
private names and for those that more than five files define; times fifty if the file that uses it is open (already
read). A name that more than twenty files define (`new`, `fmt`) has no vote, since it does not tell which one is meant.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from math import sqrt

DAMPING = 0.85
ROUNDS = 40
ENOUGH = 1e-6  # total change per round below which the ranks have converged
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LANGUAGE = frozenset(
    WORD.findall(
        "str char bool usize isize u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 self Self crate super std core String Vec Option "
        "Result Box Some None Ok Err and or map unwrap iter len push"
    )
)
MENTIONED, MEANT, PRIVATE, COMMON, OPEN = 10.0, 10.0, 0.1, 0.1, 50.0
SHARED = 20  # files that define a name, beyond which it has no vote
TELLING = 8  # fewest characters of a snake_case or CamelCase name that counts as specific

Definitions = Mapping[str, Collection[str]]  # by file
NameUses = Mapping[str, Mapping[str, int]]


def mentions(text: str) -> set[str]:
    """Return the identifiers that occur in a request."""
    return set(WORD.findall(text[:20_000]))


def ranked(
    defined: Definitions, used: NameUses, mentioned: Set[str], opened: Collection[str]
) -> dict[tuple[str, str], float]:
    """Return the weight of every defined `(file, name)`; the weights sum to 1."""
    files = list(defined)
    definers: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for name in set(defined[file]):
            definers[name].append(file)
    votes: dict[str, list[tuple[str, str, float]]] = defaultdict(
        list
    )  # by the voting file: (file voted for, name, weight)
    for file in files:
        for name, times in used.get(file, {}).items():
            own = definers.get(name)
            if own is None or len(own) > SHARED or name in LANGUAGE:
                continue
            weight = _weight(name, len(own), mentioned) * sqrt(times) * (OPEN if file in opened else 1.0)
            votes[file] += [(other, name, weight / len(own)) for other in own if other != file]
    start = _start(files, defined, mentioned, opened)
    rank = _pagerank(files, votes, start)
    found: dict[tuple[str, str], float] = dict.fromkeys(((file, name) for file in files for name in defined[file]), 0.0)
    for file in files:
        total = sum(weight for _, _, weight in votes[file])
        for other, name, weight in votes[file]:
            found[other, name] += rank[file] * weight / total
    # Every name gets a small weight, also one without votes; more if the request mentions it.
    for file, name in found:
        share = rank[file] / max(1, len(defined[file])) * 0.1
        found[file, name] += share * (MENTIONED if name in mentioned else 1.0)
    whole = sum(found.values()) or 1.0
    return {key: weight / whole for key, weight in found.items()}


def _weight(name: str, definers: int, mentioned: Set[str]) -> float:
    telling = len(name) >= TELLING and ("_" in name.strip("_") or name != name.lower())
    return (
        (MENTIONED if name in mentioned else 1.0)
        * (MEANT if telling else 1.0)
        * (PRIVATE if name.startswith("_") else 1.0)
        * (COMMON if definers > 5 else 1.0)
    )


def _start(
    files: Sequence[str], defined: Definitions, mentioned: Set[str], opened: Collection[str]
) -> dict[str, float]:
    """Return the restart distribution of PageRank: mostly open and requested files, and a little of every file."""
    weights = {}
    for file in files:
        named = set(WORD.findall(file)) - {"src", "rs", "tests", "lib", "main", "mod"}
        weights[file] = (
            1.0 + 20.0 * len(mentioned & set(defined[file])) + 50.0 * bool(named & mentioned) + 100.0 * (file in opened)
        )
    whole = sum(weights.values()) or 1.0
    return {file: weight / whole for file, weight in weights.items()}


def _pagerank(
    files: Sequence[str], votes: Mapping[str, Sequence[tuple[str, str, float]]], start: Mapping[str, float]
) -> dict[str, float]:
    ways: dict[str, dict[str, float]] = {file: defaultdict(float) for file in files}
    for file in files:
        for other, _, weight in votes[file]:
            ways[file][other] += weight
    totals = {file: sum(way.values()) for file, way in ways.items()}
    rank = dict(start)
    for _ in range(ROUNDS):
        lost = sum(rank[file] for file in files if not totals[file])
        new = {file: (1 - DAMPING + DAMPING * lost) * start[file] for file in files}
        for file, way in ways.items():
            for other, weight in way.items():
                new[other] += DAMPING * rank[file] * weight / totals[file]
        moved = sum(abs(new[file] - rank[file]) for file in files)
        rank = new
        if moved < ENOUGH:
            break
    return rank
