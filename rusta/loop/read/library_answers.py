"""Answers from what this machine holds about Rust: quotes of pages, what the compiler says of a program, and admissions.

A program in a question is compiled. An error code, a lint, a keyword, an attribute, an item of std or of a crate that the
workspace is locked to is looked up; any other question about Rust is searched for. The model is not asked for facts.
`answers=free` turns this off.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.markdown_fences import FENCED
from rusta.library import programs
from rusta.library.answers import MOST, LibraryAnswer, answer, of_crates
from rusta.library.compiler_pages import CompilerPages
from rusta.library.crate_index import CrateIndex
from rusta.library.crate_sources import locked_crates
from rusta.library.examples import examples
from rusta.library.index import Library, NotBuilt
from rusta.library.name_gate import NameReport, check_names
from rusta.library.names import resolve_name, types_named
from rusta.library.quotes import Quote
from rusta.library.routing import RouteKind, bare_names, routes
from rusta.library.topics import about_her, about_here, about_rust, names_code
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event, MarkedStale, NamesLookedUp, Quoted, Said
from rusta.loop.read.changed_crates import ChangedCrates
from rusta.loop.read.entry_claims import Contradiction, EntryClaims
from rusta.loop.read.turn_memory import Reminder, TurnMemory
from rusta.loop.requests import RUNS, hands_off
from rusta.memory.index.vectors import MiniLM
from rusta.tools.manifest import edition_of
from rusta.tools.sandbox import Sandbox
from rusta.tools.toolchain import Installed

ASKS = re.compile(
    r"\?|\b(?:what(?:'?s)?|why|how|when|which|where|explain(?:ed)?|tell me|does|do|is|are|can|since|meaning|means|difference)\b",
    re.IGNORECASE,
)
TASK = re.compile(
    r"\W*(?:(?:please|now|then|rusta|can you please|(?:could|would|will) you)[ ,]+)*"
    r"(?:(?:add|apply|change|clean|convert|create|delete|extract|fix|generate|implement|improve|introduce|make|mend|move"
    r"|refactor|remove|rename|repair|replace|rewrite|run|split|teach|test|try|undo|update|use|write)\b"
    r"|(?:derive|give)\s+`?(?-i:[A-Z])|let\s+(?!else\b|chains?\b)(?:`?\w+(?:::\w+)*`?\s+){1,3}(?:accept|be|give|have|return|take|use)\b)",
    re.IGNORECASE,
)
POLITE = re.compile(
    r"\W*(?:please[ ,]+)?(?:can you please|(?:could|would|will) you)\b", re.IGNORECASE
)  # "can you" may mean anybody
TOLD = re.compile(r"\b(?:i|we|my|our|i'm|we're)\b", re.IGNORECASE)
RUST_NAMED = re.compile(r"\b(?:Rust|rustc|[Cc]argo|crates?)\b")
MESSAGE = re.compile(r"\b(?:says|complains|panicked)\b|\berror(?:\[|:)|\bwarning:", re.IGNORECASE)
BRIEF = 14  # words of a question that is only a phrase: "complexity of LinkedList::append"
CODES = ("error_codes/", "rustc --explain")  # pages whose first examples show the error, and how it is mended
FEWEST = 8  # words of an answer that makes statements
LONGEST = 80  # words of a request that is a question and no task


class Speaks(Protocol):
    """Says something of its own about quotes."""

    def on(self, request: str, quoted: Sequence[str]) -> str:
        """Return sentences that the quotes support, or ""."""
        ...


class Answers(StrEnum):
    """Where an answer on Rust comes from."""

    grounded = "grounded"
    free = "free"


def is_task(request: str) -> bool:
    """Whether a request begins with what is to be done, and asks nothing ("could you add ...?" does not ask)."""
    said = programs.PROGRAM.sub(" ", request)  # where a `?` is an operator
    asks = "?" in said and not (POLITE.match(said) and said.count("?") == 1 and said.rstrip().endswith("?"))
    return not asks and bool(TASK.match(said))


def changes_asked(request: str) -> bool:
    """Whether a request is a task that leaves something changed, and not only run."""
    return is_task(request) and not RUNS.match(request) and not hands_off(request)


def is_question(request: str) -> bool:
    """Whether a request is a question, and neither a task nor something that is told."""
    words = len(request.split())
    if is_task(request):
        return False
    return words <= LONGEST and bool(ASKS.search(request) or (words <= BRIEF and not TOLD.search(request)))


def may_claim(request: str, said: str) -> bool:
    """Whether what a model said to a request may be a statement about Rust."""
    asked = ASKS.search(request) and not about_her(request)
    return about_rust(request) or names_code(said) or bool(asked and RUST_NAMED.search(said))


OWN_WORDS = "(These are my own words: but for the names in them, nothing was looked up or run.)"


@dataclass(frozen=True)
class Grounded:
    """An answer made of quotes and of what programs said, and the pages it was taken from.

    `after` is called when these are shown: it runs the examples of the pages, and has a trusted model say something.
    """

    text: str
    found: tuple[Quote, ...]
    after: Callable[[], str] = lambda: ""

    def told(
        self, conversation: Conversation, request: str, recalled: Sequence[Reminder], stale: Sequence[MarkedStale] = ()
    ) -> Iterator[Event]:
        """Yield the pages, the answer and what came of its examples, and keep the exchange.

        `stale` are the recalled entries that the documentation contradicts: what they say is told after the answer.
        """
        told = {one.path for one in stale} | {one.path for one in recalled if one.path in self.text}
        notes = ", ".join(f"`{one.path}` ({one.age})" for one in recalled if one.path not in told)
        beside = [f"In my journals, on the same: {notes}"] if notes else []
        since = [f"{fact} (`{one.path}`)" for one in recalled for fact in one.since]
        text = "\n\n".join([self.text, *beside, *since, *map(told_otherwise, stale)])
        more = ""
        try:
            yield from (Quoted(one.title, one.page, one.anchor, one.version) for one in self.found)
            yield from stale
            yield Said(text=text)
            more = self.after()
        finally:  # an answer that was shown is kept, whatever ends the turn
            conversation.tell(request, f"{text}\n\n{more}" if more else text)
        if more:
            yield Said(text=f"\n\n{more}")

    @property
    def whole(self) -> str:
        """All of the pages that were quoted."""
        return "\n\n".join(one.whole for one in self.found)


def told_otherwise(entry: MarkedStale) -> str:
    """As a person reads that an entry is contradicted."""
    said = f"My entry of {entry.date} says otherwise (`{entry.path}`): “{entry.says}”."
    return f"{said} {'It is marked as stale' if entry.marked else 'I could not mark it as stale'}: {entry.fact}."


@dataclass
class LibraryAnswers:
    """What the toolchain that `folder` selects, and the crates of the workspace `root`, are documented with.

    `sandbox` gives the sandbox that programs run in, or None where there is none. Crates are read by their first question.
    """

    home: Home
    folder: Path
    root: Path | None = None
    sandbox: Callable[[], Sandbox | None] = lambda: None
    own: Speaks | None = None  # a model that is trusted to say something of its own
    changed: ChangedCrates | None = None  # the mirrors, which are asked first
    last: Grounded | None = field(default=None, init=False)  # the last answer, for whoever asks for the whole page

    @cached_property
    def pages(self) -> CompilerPages:
        """The toolchain's documentation and what its programs print."""
        return CompilerPages(Installed(self.folder), self._confined)

    @cached_property
    def _meaning(self) -> MiniLM | None:
        return MiniLM() if MiniLM.installed() else None

    @cached_property
    def _confined(self) -> Sandbox | None:
        try:
            return self.sandbox()
        except RustaError:  # there is none; what needs one is not run
            return None

    def answer(self, request: str) -> Grounded | None:
        """The answer to a question about Rust; None for what is none, or is about the workspace and not in its documentation."""
        program = None if is_task(request) else programs.program_of(request)
        if program is not None:
            self.last = self._compiled(program, request)
        elif "```" in request or not (is_question(request) or self._shows_message(request)):
            self.last = None
        else:
            try:
                self.last = self._mirrored(request) or self._looked_up(request)
            except NotBuilt as refusal:  # the index turned out to be damaged
                self.last = self._without_std(request, None, str(refusal))
        return self.last

    def contradicted(self, recalled: Sequence[Reminder], memory: TurnMemory | None) -> list[MarkedStale]:
        """The recalled entries that the index contradicts, each marked as stale; none where there is no index."""
        if memory is None or not recalled or self.pages.documentation is None:
            return []
        found = list[MarkedStale]()
        with ExitStack() as open_:
            library = self._opened(open_)
            if isinstance(library, str):
                return []
            if not _differing(EntryClaims(library), recalled):
                return []
            for entry, one in _differing(EntryClaims(library, self._read_crates(open_)), recalled):
                fact, marked = f"{one.fact} (Rust {library.documentation.version.split(' ')[0]})", False
                with suppress(RustaError):  # a file that cannot be changed
                    memory.outdated(entry.path, fact)
                    marked = True
                found.append(MarkedStale(entry.path, entry.date, one.says, fact, marked))
        return found

    def about_own_words(self, said: str) -> Iterator[Event]:
        """What is said below an answer of the model's own: which of its names do not exist, and that nothing was looked up."""
        if len(FENCED.sub(" ", said).split()) < FEWEST and not names_code(said):
            return
        report = self._names(said)
        if report and (report.known or report.unknown or report.unchecked):
            yield NamesLookedUp(*(list(one) for one in (report.known, report.unknown, report.unchecked, report.notes)))
            if report.unknown:
                missing = ", ".join(f"`{one}`" for one in report.unknown)
                yield Said(text="\n\n" + " ".join([f"I looked my names up, and found no {missing}.", *report.notes]))
            elif report.notes:
                yield Said(text="\n\n" + " ".join(report.notes))
        yield Said(text=f"\n\n{OWN_WORDS}")

    def _names(self, said: str) -> NameReport | None:
        """The names of a text looked up; None where no documentation was read."""
        if self.pages.documentation is None:
            return None
        with ExitStack() as open_:
            try:
                library = open_.enter_context(Library.open(self.home, self.pages.documentation))
            except NotBuilt:
                return None
            source = self.root / "src" / "lib.rs" if self.root else None
            return check_names(said, library, self._read_crates(open_), edition=edition_of(source) if source else "")

    def _mirrored(self, request: str) -> Grounded | None:
        """What the mirrors answer; None where the question is not about them."""
        found = self.changed.answer(request, self._knows) if self.changed and not about_her(request) else None
        return Grounded(found.text, found.quotes) if found else None

    def _knows(self, name: str) -> bool:
        """Whether std, or the workspace itself, has an item of this name."""
        with ExitStack() as open_:
            library, crates = self._opened(open_), self._read_crates(open_)
            if not isinstance(library, str) and resolve_name(library, name):
                return True
            return crates is not None and any(one.crate.own for one in crates.items(name)[:1])

    def _looked_up(self, request: str) -> Grounded | None:
        with ExitStack() as open_:
            crates = self._crates(request, open_)
            library = self._opened(open_)
            if isinstance(library, str):
                return self._without_std(request, crates, library)
            rust = about_rust(request) or bool(types_named(library, request))
            searched = rust and not (self.root and about_here(request))
            perhaps = not searched and self._perhaps(request)
            found = answer(library, request, crates, self._meaning if searched or perhaps else None)
            if not searched and not (found and (found.by == "key" or (perhaps and found.quotes))):
                return None
            if perhaps and self.root and found.unsure:
                return None
            if not found.quotes and self.root and self._names_own(crates, request):
                return None
        if not found.quotes and (explained := self._from_the_compiler(request)):
            return explained
        return self._grounded(found, request)

    def _shows_message(self, request: str) -> bool:
        """Whether it is told, outside a workspace, what a compiler or a program said: that asks what it means."""
        told = self.root is None and not is_task(request) and len(request.split()) <= LONGEST
        return told and bool(MESSAGE.search(request)) and about_rust(request)

    def _perhaps(self, request: str) -> bool:
        """Whether a question without a word of Rust may be about it: its meaning tells, if anything does."""
        asks = ASKS.search(request) and not about_her(request)
        return bool(asks and self._meaning) and not (self.root and about_here(request))

    def _opened(self, open_: ExitStack) -> Library | str:
        """The index, or why there is none."""
        if self.pages.documentation is None:
            return self.pages.missing
        try:
            return open_.enter_context(Library.open(self.home, self.pages.documentation))
        except NotBuilt as refusal:
            return str(refusal)

    def _without_std(self, request: str, crates: CrateIndex | None, refusal: str) -> Grounded | None:
        """What crates and the compiler know by themselves; of std the refusal, and None for what is about the workspace."""
        if crates and (quotes := of_crates(crates, request, routes(request))):
            return self._grounded(LibraryAnswer(tuple(quotes[:MOST])), request)
        here = self.root is not None and (about_here(request) or self._names_own(crates, request))
        return self._from_the_compiler(request, "" if here else refusal)

    def _grounded(self, found: LibraryAnswer, request: str) -> Grounded | None:
        def after() -> str:
            own = self.own.on(request, [line for one in found.quotes for line in one.sentences]) if self.own else ""
            return "\n\n".join(filter(None, [self._checked(found.quotes), own]))

        return Grounded(found.text, found.quotes, after) if found else None

    def _crates(self, request: str, open_: ExitStack) -> CrateIndex | None:
        """The index of the workspace and of its direct dependencies, where the question names something that may be in it."""
        named = bare_names(request) or any(one.kind is RouteKind.ITEM for one in routes(request))
        return self._read_crates(open_) if named else None

    def _read_crates(self, open_: ExitStack) -> CrateIndex | None:
        """The index of the workspace and of its direct dependencies; None outside a crate, and where it cannot be read."""
        if self.root is None:
            return None
        try:
            crates = open_.enter_context(CrateIndex.open(self.home))
            crates.refresh([one for one in locked_crates(self.root) if one.own or one.direct], lambda done, of: None)
        except RustaError:
            return None
        return crates

    @staticmethod
    def _names_own(crates: CrateIndex | None, request: str) -> bool:
        """Whether a question names an item of the workspace that has no documentation: the agent reads its source."""
        return crates is not None and any(
            found.crate.own
            for one in routes(request)
            for found in crates.items(one.key)[:1]
            if one.kind is RouteKind.ITEM
        )

    def _compiled(self, program: str, request: str) -> Grounded | None:
        """What rustc says of a program, and the page about the first error."""
        if self.pages.bin is None or self._confined is None:
            return None
        edition = edition_of(self.root / "src" / "lib.rs") if self.root else ""
        try:
            found = programs.compiled(program, request, str(self.pages.bin / "rustc"), self._confined, edition)
        except (RustaError, OSError, ValueError) as error:
            return Grounded(f"I could not compile it: {error}", ())
        codes = [code for one in found for code in one.codes][:1]
        page = self.pages.page(codes[0]) if codes else None
        quotes = (page,) if page else ()
        return Grounded(
            "\n\n".join(
                [programs.outcome_text(found, self.pages.version.split(" ")[0]), *(one.text for one in quotes)]
            ),
            quotes,
        )

    def _from_the_compiler(self, request: str, refusal: str = "") -> Grounded | None:
        """The compiler's own page about a code or a clippy lint; the refusal where nothing else is known."""
        keys = [one.key for one in routes(request) if one.kind is RouteKind.CODE or one.key.startswith("clippy::")]
        quotes = tuple(page for key in keys[:2] if (page := self.pages.page(key)))
        if quotes:
            return self._grounded(LibraryAnswer(quotes), request)
        return Grounded(refusal, ()) if refusal and (routes(request) or about_rust(request)) else None

    def _checked(self, quotes: Sequence[Quote]) -> str:
        """Compile the first broken example of a code's page, and the one that is shown or another that has to compile."""
        if self.pages.bin is None or self._confined is None:
            return ""
        rustc = str(self.pages.bin / "rustc")
        lines = []
        for quote in quotes:
            every = examples(quote.more) if quote.page.startswith(CODES) else []
            broken = next((n for n, one in enumerate(every) if one.broken and one.codes), None)
            if broken is None:
                continue
            later = [one for one in every[broken + 1 :] if not one.broken]
            mended = next((one for one in later if one.code == quote.example), later[0] if later else None)
            try:
                fails = every[broken].holds(rustc, self._confined)
                holds = mended is None or mended.holds(rustc, self._confined)
            except (RustaError, OSError, ValueError):
                continue
            code = ", ".join(sorted(every[broken].codes))
            said = f"gives {code}" if fails else f"does not give {code} with this compiler"
            which = "the one shown above" if mended and mended.code == quote.example else "a later one without an error"
            after = "" if mended is None else f", {which} {'compiles' if holds else 'does not compile'}"
            lines.append(f"Run here: the page's first example {said}{after}.")
        return " ".join(lines)


def _differing(claims: EntryClaims, recalled: Sequence[Reminder]) -> list[tuple[Reminder, Contradiction]]:
    return [(entry, one) for entry in recalled for one in claims.against(entry.text, entry.version)]
