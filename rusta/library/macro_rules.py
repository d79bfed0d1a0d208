"""The rules of a `macro_rules!` macro: read, matched against a call, and written out.

The first rule that fits is taken. Source: The Rust Reference, "Macros By Example". Not covered: expressions on macro variables, as
`${count(x)}`, and the parentheses that a captured expression would need in text: `$n * 2` of `1 + 1` is `1 + 1 * 2` here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rusta.library.macro_fragments import KINDS, TRANSPARENT, FragmentReader
from rusta.library.macro_matching import (
    AGAIN,
    ALL_TREES,
    END,
    LITERAL_TOKEN,
    REPEAT,
    VARIABLE,
    Bindings,
    BoundTokens,
    CapturedTokens,
    MatcherStep,
    NotExpanded,
    matched,
)
from rusta.library.macro_tokens import CLOSERS, TokenRun, partners
from rusta.library.macro_types import is_name

DEEPEST_REPETITION = 16
MOST_RULES = 500
MOST_TOKENS = 400_000  # that one call may give
LEAST_SCANNED = 5_000  # tokens that the rules of a macro look at, for one call
SCANNED_OF_A_TOKEN = 10  # and more of a longer call

CLOSE = frozenset((",", ";", "::", "."))  # separators without a space before them


@dataclass(frozen=True)
class GivenRepetition:
    """`$(...)` in what a rule gives. `names` are the variables in it, and `at` is the number of its first token."""

    at: int
    parts: "list[GivenPart]"
    separator: tuple[int, int]
    names: tuple[str, ...]


@dataclass(frozen=True)
class GivenVariable:
    """A variable in what a rule gives, and the number of its token there."""

    name: str
    at: int


GivenPart = tuple[int, int] | GivenVariable | GivenRepetition


@dataclass(frozen=True)
class MacroRule:
    """One rule: its matcher, and what it gives, whose tokens are those of the definition."""

    steps: tuple[MatcherStep, ...]
    names: frozenset[str]
    given: list[GivenPart]


@dataclass
class MacroRules:
    """A macro. `run` are the tokens of its definition from the word `macro_rules` on."""

    run: TokenRun
    partner: list[int]
    rules: list[MacroRule] = field(default_factory=list)

    def expanded(self, call: TokenRun) -> TokenRun | None:
        """Return what a call with these tokens gives; None where no rule fits. Raises `NotExpanded`."""
        partner = partners(call.texts)
        if partner is None:
            raise NotExpanded
        reader, left = FragmentReader(call.texts, partner), LEAST_SCANNED + SCANNED_OF_A_TOKEN * len(call)
        for rule in self.rules:
            found, scanned = matched(rule.steps, reader)
            left -= scanned
            if left < 0:
                raise NotExpanded
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
            steps, names = list[MatcherStep](), list[str]()
            _read_matcher(macro, at + 1, close, steps, names, 0)
            steps.append(MatcherStep(END))
            parts = _read_given(macro, given + 1, partner[given], frozenset(names), 0)[0]
            macro.rules.append(MacroRule(tuple(steps), frozenset(names), parts))
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


def _read_matcher(macro: MacroRules, at: int, end: int, steps: list[MatcherStep], names: list[str], deep: int) -> None:
    """Read a part of a matcher."""
    texts, partner = macro.run.texts, macro.partner
    while at < end:
        text = texts[at]
        if text != "$":
            steps.append(MatcherStep(LITERAL_TOKEN, text))
            at += 1
        elif texts[at + 1] == "(":
            close = partner[at + 1]
            separator, behind, sign = _repetition(macro, close)
            if deep >= DEEPEST_REPETITION:
                raise NotExpanded
            first, own = len(steps), list[str]()
            steps.append(MatcherStep(REPEAT))
            _read_matcher(macro, at + 2, close, steps, own, deep + 1)
            inside, whole = steps[first + 1 :], behind >= end or texts[behind] in CLOSERS
            if (
                whole
                and separator < 0
                and sign != "?"
                and [(one.code, one.kind) for one in inside] == [(VARIABLE, "tt")]
            ):
                steps[first:] = [MatcherStep(ALL_TREES, own[0], sign)]
            else:
                steps.append(
                    MatcherStep(AGAIN, texts[separator] if separator >= 0 else "", sign, first + 1, tuple(own))
                )
                steps[first] = MatcherStep(REPEAT, "", sign, len(steps), tuple(own))
            names += own
            at = behind
        elif at + 3 < end and is_name(texts[at + 1]) and texts[at + 2] == ":":
            kind = texts[at + 3]
            if kind not in KINDS:
                raise NotExpanded
            if kind == "pat" and at + 4 < len(texts) and ("|" in texts[at + 4 : at + 6]):
                kind = "pat_param"  # as in the editions up to 2018
            steps.append(MatcherStep(VARIABLE, texts[at + 1], "expr" if kind == "expr_2021" else kind))
            names.append(texts[at + 1])
            at += 4
        else:
            raise NotExpanded


def _read_given(
    macro: MacroRules, at: int, end: int, names: frozenset[str], deep: int
) -> tuple[list[GivenPart], tuple[str, ...]]:
    """Read a part of what a rule gives, and the variables in it."""
    texts, partner = macro.run.texts, macro.partner
    parts, used, plain = list[GivenPart](), list[str](), at
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
            parts.append(GivenRepetition(at, inside, (separator, separator + 1) if separator >= 0 else (0, 0), own))
            used += own
            at = plain = behind
        elif after in names:
            parts.append(GivenVariable(after, at))
            used.append(after)
            at = plain = at + 2
        elif after in ("{", "["):
            raise NotExpanded
        else:  # a variable of a macro that this one defines
            plain, at = at, at + 1
    if plain < end:
        parts.append((plain, end))
    return parts, tuple(dict.fromkeys(used))


@dataclass(frozen=True)
class _Writing:
    """What a rule gives, while it is written out."""

    definition: TokenRun
    call: TokenRun
    reader: FragmentReader
    names: frozenset[str]
    out: TokenRun

    def parts(self, parts: Sequence[GivenPart], found: Bindings, gap: str | None = None) -> None:
        """Write parts. `gap` is the space before the first token, where it is not the definition's."""
        for part in parts:
            if isinstance(part, tuple):
                self.out.add(self.definition, *part, gap)
            elif isinstance(part, GivenVariable):
                self._variable(part, found, gap)
            else:
                self._repetition(part, found, self.definition.gaps[part.at] if gap is None else gap)
            if len(self.out) > MOST_TOKENS:
                raise NotExpanded
            gap = None

    def _variable(self, part: GivenVariable, found: Bindings, gap: str | None) -> None:
        of = found.get(part.name)
        if not isinstance(of, CapturedTokens) or of.trees:
            raise NotExpanded
        gap = self.definition.gaps[part.at] if gap is None else gap
        if of.kind in TRANSPARENT:
            self.out.add(self.call, of.start, of.end, gap)
        else:
            self.out.mark(of.kind, True, gap)
            self.out.add(self.call, of.start, of.end, "")
            self.out.mark(of.kind, False)

    def _repetition(self, part: GivenRepetition, found: Bindings, gap: str) -> None:
        repeated = {
            name: of for name in part.names if not isinstance(of := found.get(name, []), CapturedTokens) or of.trees
        }
        if not repeated:
            raise NotExpanded
        first = part.parts[0]
        at = first[0] if isinstance(first, tuple) else first.at
        own = self.definition.gaps[at]
        separated = part.separator != (0, 0)
        if not separated and len(part.parts) == 1 and isinstance(first, GivenVariable):
            trees = repeated.get(first.name)
            if isinstance(trees, CapturedTokens):
                self.out.add(self.call, trees.start, trees.end, own or gap)
                return
        lists = {name: list(self._each(of)) for name, of in repeated.items()}
        counts = {len(of) for of in lists.values()}
        if len(counts) > 1:
            raise NotExpanded
        separator = self.definition.texts[part.separator[0]] if separated else ""
        for number in range(counts.pop()):
            before = own or (" " if number else gap)
            if number and separated:
                self.out.add(self.definition, *part.separator, "" if separator in CLOSE else " ")
                before = "" if separator in ("::", ".") else " "
            self.parts(part.parts, {**found, **{name: of[number] for name, of in lists.items()}}, before)

    def _each(self, of: BoundTokens) -> Iterator[BoundTokens]:
        if not isinstance(of, CapturedTokens):
            yield from of
            return
        at = of.start
        while at < of.end:
            end = self.reader.tree(at)
            yield CapturedTokens(at, end, "tt")
            at = end
