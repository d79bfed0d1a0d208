"""Whether the tokens of a macro call fit the matcher of a rule, and what its variables stand for.

A matcher is followed as the compiler does it, at all of its places at once that a token may belong to, without going back. Source:
The Rust Reference, "Macros By Example"; rustc's `macro_parser`. Deviation: where rustc stops with an error
within a fragment, the rule does not fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rusta.library.macro_fragments import FragmentReader
from rusta.library.macro_tokens import CLOSERS

STEPS_OF_A_TOKEN = 60  # of matching one rule

LITERAL_TOKEN, VARIABLE, REPEAT, AGAIN, ALL_TREES, END = range(6)


class NotExpanded(Exception):
    """A macro of an unknown form, or a call that gives too much."""


@dataclass(frozen=True)
class CapturedTokens:
    """Tokens of the call that a variable stands for. `kind` is that of the fragment; `trees` for each token tree one by one."""

    start: int
    end: int
    kind: str
    trees: bool = False


BoundTokens = CapturedTokens | list["BoundTokens"]
Bindings = dict[str, BoundTokens]


@dataclass(frozen=True)
class MatcherStep:
    """One place of a matcher. `text` is a token, a variable's name, or the separator of a repetition whose names are in `names`."""

    code: int
    text: str = ""
    kind: str = ""  # of a fragment; of a repetition `*`, `+` or `?`
    to: int = 0  # behind a repetition, for REPEAT; its first place, for AGAIN
    names: tuple[str, ...] = ()


BOUND, ENTERED, LEFT = range(3)


@dataclass(frozen=True, slots=True)
class MatchTrail:
    """The last thing that happened on the way through a matcher, at a step of it, with tokens of the call."""

    before: "MatchTrail | None"
    what: int
    step: MatcherStep
    start: int = 0
    end: int = 0


def matched(steps: Sequence[MatcherStep], reader: FragmentReader) -> tuple[Bindings | None, int]:
    """Return the variables of a rule, where its matcher fits the whole call, and how many tokens were looked at."""
    texts, at, count = reader.texts, 0, len(reader.texts)
    current: list[tuple[int, MatchTrail | None]] = [(0, None)]
    left = STEPS_OF_A_TOKEN * (count + len(steps) + 10)
    while True:
        text = texts[at] if at < count else None
        following, variables = list[tuple[int, MatchTrail | None]](), list[tuple[int, MatchTrail | None]]()
        ended, todo, seen = False, current, set[int]()
        trail: MatchTrail | None = None
        while todo:
            place, trail = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            left -= 1
            step = steps[place]
            code = step.code
            if code == LITERAL_TOKEN:
                if step.text == text:
                    following.append((place + 1, trail))
            elif code == VARIABLE:
                if reader.begins(step.kind, at):
                    variables.append((place, trail))
            elif code == REPEAT:
                if step.kind != "+":
                    todo.append((step.to, trail))
                todo.append((place + 1, MatchTrail(trail, ENTERED, step)))
            elif code == AGAIN:
                done = MatchTrail(trail, LEFT, step)
                todo.append((place + 1, done))
                if step.kind == "?":
                    continue
                again = MatchTrail(done, ENTERED, step)
                if not step.text:
                    todo.append((step.to, again))
                elif step.text == text:
                    following.append((step.to, again))
            elif code == ALL_TREES:
                variables.append((place, trail))
            elif text is None:
                ended = True
                break
        if ended:
            return _bindings(trail), at
        if left < 0 or (variables and following) or len(variables) > 1:
            raise NotExpanded
        if variables:
            place, trail = variables[0]
            step, end = steps[place], at
            if step.code == ALL_TREES:
                while end < count and texts[end] not in CLOSERS:
                    end = reader.tree(end)
                if end == at and step.kind == "+":
                    return None, at
            else:
                end = reader.end(step.kind, at)
            if end < at:
                return None, at
            current = [(place + 1, MatchTrail(trail, BOUND, step, at, end))]
            at = end
        elif following and text is not None:
            current = following
            at += 1
        else:
            return None, at


def _bindings(trail: MatchTrail | None) -> Bindings:
    """What the variables of a rule stand for, from the way that was gone through its matcher."""
    way = list[MatchTrail]()
    while trail is not None:
        way.append(trail)
        trail = trail.before
    frames: list[Bindings] = [{}]
    for one in reversed(way):
        step = one.step
        if one.what == BOUND:
            trees = step.code == ALL_TREES
            frames[-1][step.text] = CapturedTokens(one.start, one.end, "tt" if trees else step.kind, trees)
        elif one.what == ENTERED:
            frames.append({})
        else:
            inner = frames.pop()
            for name in step.names:
                of = frames[-1].setdefault(name, [])
                if isinstance(of, list):
                    of.append(inner.get(name, []))
    return frames[0]
