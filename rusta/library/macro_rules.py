"""The rules of a `macro_rules!` macro: read, matched against a call, and written out.

A matcher is followed as the compiler does it, at all of its places at once that a token may belong to, without going back; the first
rule that fits is taken. Source: The Rust Reference, "Macros By Example"; rustc's `macro_parser`. Deviation: where rustc stops with
an error, the next rule is tried. Not covered: expressions on macro variables (`${count(x)}`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rusta.library.macro_fragments import KINDS, TRANSPARENT, FragmentReader
from rusta.library.macro_tokens import CLOSERS, TokenRun, partners
from rusta.library.macro_types import is_name

DEEPEST_REPETITION = 16
MOST_RULES = 500
MOST_TOKENS = 400_000  # that one call may give
STEPS_OF_A_TOKEN = 60  # of matching one rule

LITERAL_TOKEN, VARIABLE, REPEAT, AGAIN, ALL_TREES, END = range(6)


class NotExpanded(Exception):
    """A macro of an unknown form, or a call that gives too much."""


@dataclass(frozen=True)
class Captured:
    """Tokens of the call that a variable stands for. `kind` is that of the fragment; `trees` for each token tree one by one."""

    start: int
    end: int
    kind: str
    trees: bool = False


Bound = Captured | list["Bound"]
Bindings = dict[str, Bound]


@dataclass(frozen=True)
class Step:
    """One place of a matcher. `text` is a token, a variable's name, or the separator of a repetition whose names are in `names`."""

    code: int
    text: str = ""
    kind: str = ""  # of a fragment; of a repetition `*`, `+` or `?`
    to: int = 0  # behind a repetition, for REPEAT; its first place, for AGAIN
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repetition:
    """`$(...)` in what a rule gives. `names` are the variables in it."""

    parts: "list[Part]"
    separator: tuple[int, int]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """A variable in what a rule gives, and the number of its token there."""

    name: str
    at: int


Part = tuple[int, int] | Variable | Repetition


@dataclass(frozen=True)
class Rule:
    """One rule: its matcher, and what it gives, whose tokens are those of the definition."""

    steps: tuple[Step, ...]
    names: frozenset[str]
    given: list[Part]


@dataclass
class MacroRules:
    """A macro. `run` are the tokens of its definition from the word `macro_rules` on."""

    run: TokenRun
    partner: list[int]
    rules: list[Rule] = field(default_factory=list)

    def expanded(self, call: TokenRun) -> TokenRun | None:
        """Return what a call with these tokens gives; None where no rule fits. Raises `NotExpanded`."""
        partner = partners(call.texts)
        if partner is None:
            raise NotExpanded
        reader = FragmentReader(call.texts, partner)
        for rule in self.rules:
            found = _matched(rule.steps, reader)
            if found is not None:
                out = TokenRun()
                _Writing(self.run, call, reader, rule.names, out).parts(rule.given, found)
                return out
        return None


def read_rules(run: TokenRun) -> MacroRules | None:
    """Read the tokens of a definition, `macro_rules ! name { ... }`; None where they are not of a known form."""
    run = _own_crate(run)
    partner = partners(run.texts)
    if partner is None or len(run) < 5 or run.texts[1] != "!":
        return None
    texts, at, end = run.texts, 4, partner[3]
    macro = MacroRules(run, partner)
    try:
        while at < end and len(macro.rules) < MOST_RULES:
            close = partner[at]
            given = close + 2
            if close < at or texts[close + 1] != "=>" or partner[given] < given:
                return None
            steps, names = list[Step](), list[str]()
            _read_matcher(macro, at + 1, close, steps, names, 0)
            steps.append(Step(END))
            parts = _read_given(macro, given + 1, partner[given], frozenset(names), 0)[0]
            macro.rules.append(Rule(tuple(steps), frozenset(names), parts))
            at = partner[given] + 1
            at += at < end and texts[at] == ";"
    except NotExpanded:
        return None
    return macro


def _own_crate(run: TokenRun) -> TokenRun:
    """The tokens with `crate` instead of `$crate`, which is the crate that is read."""
    if "crate" not in run.texts:
        return run
    made = TokenRun()
    for at, text in enumerate(run.texts):
        if text == "crate" and made.texts[-1:] == ["$"]:
            made.texts[-1] = text
        else:
            made.add(run, at, at + 1, run.gaps[at])
    return made


def _repetition(macro: MacroRules, close: int) -> tuple[int, int, str]:
    """Behind the group of a repetition: where its separator stands, or is not, its sign, and what follows it."""
    texts = macro.run.texts
    if texts[close + 1] in ("*", "+", "?"):
        return -1, close + 2, texts[close + 1]
    if texts[close + 2] in ("*", "+", "?") and texts[close + 1] not in CLOSERS:
        return close + 1, close + 3, texts[close + 2]
    raise NotExpanded


def _read_matcher(macro: MacroRules, at: int, end: int, steps: list[Step], names: list[str], deep: int) -> None:
    """Read a part of a matcher."""
    texts, partner = macro.run.texts, macro.partner
    while at < end:
        text = texts[at]
        if text != "$":
            steps.append(Step(LITERAL_TOKEN, text))
            at += 1
        elif texts[at + 1] == "(":
            close = partner[at + 1]
            separator, behind, sign = _repetition(macro, close)
            if deep >= DEEPEST_REPETITION:
                raise NotExpanded
            first, own = len(steps), list[str]()
            steps.append(Step(REPEAT))
            _read_matcher(macro, at + 2, close, steps, own, deep + 1)
            inside, whole = steps[first + 1 :], behind >= end or texts[behind] in CLOSERS
            if (
                whole
                and separator < 0
                and sign != "?"
                and [(one.code, one.kind) for one in inside] == [(VARIABLE, "tt")]
            ):
                steps[first:] = [Step(ALL_TREES, own[0], sign)]
            else:
                steps.append(Step(AGAIN, texts[separator] if separator >= 0 else "", sign, first + 1, tuple(own)))
                steps[first] = Step(REPEAT, "", sign, len(steps), tuple(own))
            names += own
            at = behind
        elif at + 3 < end and is_name(texts[at + 1]) and texts[at + 2] == ":":
            kind = texts[at + 3]
            if kind not in KINDS:
                raise NotExpanded
            if kind == "pat" and at + 4 < len(texts) and ("|" in texts[at + 4 : at + 6]):
                kind = "pat_param"  # as in the editions up to 2018
            steps.append(Step(VARIABLE, texts[at + 1], "expr" if kind == "expr_2021" else kind))
            names.append(texts[at + 1])
            at += 4
        else:
            raise NotExpanded


def _read_given(
    macro: MacroRules, at: int, end: int, names: frozenset[str], deep: int
) -> tuple[list[Part], tuple[str, ...]]:
    """Read a part of what a rule gives, and the variables in it."""
    texts, partner = macro.run.texts, macro.partner
    parts, used, plain = list[Part](), list[str](), at
    while at < end:
        if texts[at] != "$":
            at += 1
            continue
        if plain < at:
            parts.append((plain, at))
        after = texts[at + 1] if at + 1 < end else ""
        if after == "(":
            close = partner[at + 1]
            separator, behind, _ = _repetition(macro, close)
            if deep >= DEEPEST_REPETITION:
                raise NotExpanded
            inside, own = _read_given(macro, at + 2, close, names, deep + 1)
            parts.append(Repetition(inside, (separator, separator + 1) if separator >= 0 else (0, 0), own))
            used += own
            at = plain = behind
        elif after in names:
            parts.append(Variable(after, at))
            used.append(after)
            at = plain = at + 2
        elif after in ("{", "["):
            raise NotExpanded
        else:  # a variable of a macro that this one defines
            plain, at = at, at + 1
    if plain < end:
        parts.append((plain, end))
    return parts, tuple(dict.fromkeys(used))


BOUND, ENTERED, LEFT = range(3)


@dataclass(frozen=True, slots=True)
class Trail:
    """The last thing that happened on the way through a matcher, at a step of it, with tokens of the call."""

    before: "Trail | None"
    what: int
    step: Step
    start: int = 0
    end: int = 0


def _matched(steps: Sequence[Step], reader: FragmentReader) -> Bindings | None:
    """The variables of a rule, where its matcher fits the whole call."""
    texts, at, count = reader.texts, 0, len(reader.texts)
    current: list[tuple[int, Trail | None]] = [(0, None)]
    left = STEPS_OF_A_TOKEN * (count + len(steps) + 10)
    while True:
        text = texts[at] if at < count else None
        following, variables = list[tuple[int, Trail | None]](), list[tuple[int, Trail | None]]()
        ended, todo, seen = False, current, set[int]()
        trail: Trail | None = None
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
                todo.append((place + 1, Trail(trail, ENTERED, step)))
            elif code == AGAIN:
                done = Trail(trail, LEFT, step)
                todo.append((place + 1, done))
                if step.kind == "?":
                    continue
                again = Trail(done, ENTERED, step)
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
            return _bindings(trail)
        if left < 0 or (variables and following) or len(variables) > 1:
            raise NotExpanded
        if variables:
            place, trail = variables[0]
            step, end = steps[place], at
            if step.code == ALL_TREES:
                while end < count and texts[end] not in CLOSERS:
                    end = reader.tree(end)
                if end == at and step.kind == "+":
                    return None
            else:
                end = reader.end(step.kind, at)
            if end < at:
                return None
            current = [(place + 1, Trail(trail, BOUND, step, at, end))]
            at = end
        elif following and text is not None:
            current = following
            at += 1
        else:
            return None


def _bindings(trail: Trail | None) -> Bindings:
    """What the variables of a rule stand for, from the way that was gone through its matcher."""
    way = list[Trail]()
    while trail is not None:
        way.append(trail)
        trail = trail.before
    frames: list[Bindings] = [{}]
    for one in reversed(way):
        step = one.step
        if one.what == BOUND:
            trees = step.code == ALL_TREES
            frames[-1][step.text] = Captured(one.start, one.end, "tt" if trees else step.kind, trees)
        elif one.what == ENTERED:
            frames.append({})
        else:
            inner = frames.pop()
            for name in step.names:
                of = frames[-1].setdefault(name, [])
                if isinstance(of, list):
                    of.append(inner.get(name, []))
    return frames[0]


@dataclass(frozen=True)
class _Writing:
    """What a rule gives, while it is written out."""

    definition: TokenRun
    call: TokenRun
    reader: FragmentReader
    names: frozenset[str]
    out: TokenRun

    def parts(self, parts: Sequence[Part], found: Bindings, gap: str | None = None) -> None:
        """Write parts. `gap` is the space before the first token, where it is not the definition's."""
        for part in parts:
            if isinstance(part, tuple):
                self.out.add(self.definition, *part, gap)
            elif isinstance(part, Variable):
                self._variable(part, found, gap)
            else:
                self._repetition(part, found)
            if len(self.out) > MOST_TOKENS:
                raise NotExpanded
            gap = None

    def _variable(self, part: Variable, found: Bindings, gap: str | None) -> None:
        of = found.get(part.name)
        if not isinstance(of, Captured) or of.trees:
            raise NotExpanded
        gap = self.definition.gaps[part.at] if gap is None else gap
        if of.kind in TRANSPARENT:
            self.out.add(self.call, of.start, of.end, gap)
        else:
            self.out.mark(of.kind, True, gap)
            self.out.add(self.call, of.start, of.end, "")
            self.out.mark(of.kind, False)

    def _repetition(self, part: Repetition, found: Bindings) -> None:
        repeated = {name: of for name in part.names if not isinstance(of := found.get(name, []), Captured) or of.trees}
        if not repeated:
            raise NotExpanded
        if part.separator == (0, 0) and len(part.parts) == 1 and isinstance(only := part.parts[0], Variable):
            trees = repeated.get(only.name)
            if isinstance(trees, Captured):
                self.out.add(self.call, trees.start, trees.end, self.definition.gaps[only.at])
                return
        lists = {name: list(self._each(of)) for name, of in repeated.items()}
        counts = {len(of) for of in lists.values()}
        if len(counts) > 1:
            raise NotExpanded
        for number in range(counts.pop()):
            if number and part.separator != (0, 0):
                self.out.add(self.definition, *part.separator)
            self.parts(part.parts, {**found, **{name: of[number] for name, of in lists.items()}})

    def _each(self, of: Bound) -> Iterator[Bound]:
        if not isinstance(of, Captured):
            yield from of
            return
        at = of.start
        while at < of.end:
            end = self.reader.tree(at)
            yield Captured(at, end, "tt")
            at = end
