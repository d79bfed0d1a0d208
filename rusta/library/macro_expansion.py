"""The macros of a crate while its modules are read: which definition a call means, and what the call gives.

A definition counts from where it stands to the end of its module, and beyond that with `#[macro_use]`; a call that none of these
answers takes the last definition of the name anywhere in the crate, as for `crate::name!` and macros that are imported. What all
calls of a crate give together is bounded. Source: The Rust Reference, "Macros By Example", "Scoping, exporting, and importing".
Not covered: names that a macro makes up stay visible outside (hygiene).
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from rusta.library.macro_matching import NotExpanded
from rusta.library.macro_rules import MacroRules, read_rules
from rusta.library.macro_tokens import CLOSING, TokenRun, partners, tokenised
from rusta.library.macro_types import is_name

LONGEST_DEFINITION = 200_000  # bytes
MOST_SPENT = 3_000_000  # tokens that the calls of a crate take and give together
MOST_CALLS = 20_000  # of a crate's macros
MOST_ROUNDS = 128  # of a call that gives nothing but another call, as rustc's recursion limit
MOST_BRANCHES = 4  # definitions of one name under different `cfg`s


@dataclass(frozen=True)
class MacroDefinition:
    """One definition. Its rules are read when it is called first. `run` is given where another macro gave the definition."""

    source: bytes
    start: int
    end: int
    base: int
    run: TokenRun | None = None
    gated: bool = False  # whether it stands under a `cfg`

    @cached_property
    def rules(self) -> MacroRules | None:
        """The macro's rules; None where they are of an unknown form."""
        if self.end - self.start > LONGEST_DEFINITION:
            return None
        run = tokenised(self.source, self.start, self.end, self.base) if self.run is None else self.run
        return read_rules(run) if run is not None else None


MacroScope = dict[str, tuple[MacroDefinition, ...]]


@dataclass
class CrateMacros:
    """The macros known at a place of a crate. Places of tokens are numbered through all files that have been taken apart."""

    scopes: list[MacroScope] = field(default_factory=lambda: [{}])
    anywhere: MacroScope = field(default_factory=dict)
    spent: int = 0
    calls: int = 0
    _bases: dict[str, int] = field(default_factory=dict)
    _files: list[tuple[int, str, bytes]] = field(default_factory=list)
    _lines: dict[str, list[int]] = field(default_factory=dict)

    def begin(self) -> None:
        """Forget all definitions, as another target begins."""
        self.scopes, self.anywhere = [{}], {}

    def base(self, file: str, source: bytes) -> int:
        """Return the number of a file's first byte."""
        if file not in self._bases:
            last = self._files[-1] if self._files else (0, "", b"")
            self._bases[file] = last[0] + len(last[2]) + 1
            self._files.append((self._bases[file], file, source))
        return self._bases[file]

    def where(self, place: int) -> tuple[str, int]:
        """Return the file and the line of a place."""
        base, file, source = self._files[max(bisect_right(self._files, place, key=lambda one: one[0]) - 1, 0)]
        if file not in self._lines:
            lines, at = [0], source.find(b"\n")
            while at >= 0:
                lines.append(at + 1)
                at = source.find(b"\n", at + 1)
            self._lines[file] = lines
        return file, bisect_right(self._lines[file], place - base)

    def enter(self) -> None:
        """Begin a module."""
        self.scopes.append({})

    def leave(self, kept: bool) -> None:
        """End a module; `kept` where `#[macro_use]` stands above it."""
        left = self.scopes.pop()
        if kept:
            self.scopes[-1].update(left)

    def define(self, name: str, definition: MacroDefinition) -> None:
        """Add a definition. One under a `cfg` stands beside an earlier one of its scope that does as well."""
        for known in (self.scopes[-1], self.anywhere):
            beside = tuple(one for one in known.get(name, ()) if one.gated and definition.gated)
            known[name] = (*beside, definition)[-MOST_BRANCHES:]

    def named(self, name: str) -> tuple[MacroDefinition, ...]:
        """Return the definitions that a name means here: several where they stand under different `cfg`s."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.anywhere.get(name, ())

    def expanded(self, definition: MacroDefinition, call: TokenRun) -> TokenRun | None:
        """Return what a call gives. None where it is of an unknown form, fits no rule, or the crate has had its share."""
        for _ in range(MOST_ROUNDS):
            if definition.rules is None or self.spent >= MOST_SPENT or self.calls >= MOST_CALLS:
                return None
            try:
                given = definition.rules.expanded(call)
            except NotExpanded:
                given = None
            self.spent += len(call) + len(given or ())
            self.calls += 1
            if given is None:
                return None
            name, start = _only_call(given)
            following = self.named(name) if name else ()
            if len(following) != 1:
                return given
            definition, call = following[0], given.part(start, len(given) - 1 - (given.texts[-1] == ";"))
        return None


def _only_call(run: TokenRun) -> tuple[str, int]:
    """The name of the macro that is called, and the number of the first token in the call, where a run is nothing else."""
    texts, at = run.texts, 0
    while at < min(len(texts), 12) and (is_name(texts[at]) or texts[at] == "::"):
        at += 1
    end = len(texts) - (texts[-1:] == [";"])
    if not 0 < at < end - 2 or texts[at] != "!" or texts[at + 1] not in CLOSING:
        return "", 0
    partner = partners(texts)
    return (texts[at - 1], at + 2) if partner is not None and partner[at + 1] == end - 1 else ("", 0)
