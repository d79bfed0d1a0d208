"""Answers from the mirrors: her notes first, the mirror second, and where they differ the mirror counts and the note is said to be stale.

Which mirrors a question is about is told from its words: the crates that it names, else the items that only mirrors have. Works offline.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from rusta.core.home import Home
from rusta.core.output import visible
from rusta.library.quotes import Quote
from rusta.library.search import Meaning
from rusta.memory.index.index import NoJournals
from rusta.memory.recall.recall import Memory
from rusta.mirror.commit_files import DamagedRepository
from rusta.mirror.held_states import mirrors_held
from rusta.mirror.index_states import StateStep, refreshed_index
from rusta.mirror.mirror_question import MirrorQuestion, joined_names, mirror_question
from rusta.mirror.mirror_teller import MirrorTeller, ToldOfMirror
from rusta.mirror.mirrors import NoMirror
from rusta.mirror.notes_beside import NoteBeside, notes_beside
from rusta.mirror.releases import CRATE
from rusta.mirror.state_index import NoStateIndex, StateIndex

MOST_MIRRORS = 2  # that one answer is made of
UNSURE = "I am not sure that this answers it. The nearest that I found:"
NOTHING = "I do not know: in the mirrors that I hold ({}) nothing answers this of which I am sure."
CountedStates = Callable[[str], StateStep]


@dataclass(frozen=True)
class MirrorAnswer:
    """What the mirrors, and the notes about them, answer."""

    mirrors: tuple[str, ...]
    notes: tuple[NoteBeside, ...] = ()
    told: tuple[ToldOfMirror, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether it answers."""
        return bool(self.notes) or any(one.enough for one in self.told)

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes of the mirrors."""
        return tuple(quote for one in self.told for quote in one.quotes)

    @property
    def near(self) -> tuple[str, ...]:
        """What is near, where nothing answers."""
        return tuple(dict.fromkeys(name for one in self.told for name in one.near))

    @property
    def text(self) -> str:
        """As a person reads it: notes, then the mirror's facts and quotes."""
        parts = [one.told for one in self.notes]
        if parts and (self.quotes or any(one.said for one in self.told)):
            parts.append(f"The mirror, {', '.join(one.called for one in self.told)}:")
        telling = [one for one in self.told if one.enough] or list(self.told)
        for one in telling:
            parts += [*one.missing, *one.said, *([UNSURE] if one.unsure and one.quotes else [])]
            parts += [quote.text for quote in one.quotes]
        if not self.enough and not any(one.quotes for one in self.told):
            parts.append(NOTHING.format(", ".join(one.called for one in self.told) or ", ".join(self.mirrors)))
            parts += [f"Near it: {'; '.join(self.near)}."] if self.near else []
        return visible("\n\n".join(parts))

    def facts(self) -> dict[str, Any]:
        """Return it as plain facts, for JSON."""
        quotes = [
            {
                "title": one.title,
                "said": one.said,
                "sentences": list(one.sentences),
                "anchor": one.page,
                "version": one.version,
            }
            for one in self.quotes
        ]
        said = [line for one in self.told for line in (*one.missing, *one.said)]
        return {
            "mirrors": list(self.mirrors), "enough": self.enough, "notes": [asdict(one) for one in self.notes], "said": said,
            "quotes": quotes, "near": list(self.near), "text": self.text,
        }  # fmt: skip


@dataclass
class MirrorAnswers:
    """Asks the mirrors of a home. `memory` gives her notes, None where there are none; `step` shows how states are read."""

    home: Home
    memory: Memory | None = None
    meaning: Meaning | None = None
    step: CountedStates = lambda what: lambda done, of: None
    _held: list[str] | None = field(default=None, init=False)

    def ask(self, question: str) -> MirrorAnswer:
        """Return the answer to a question that is certainly about mirrors. Raises `NoMirror` where there is none."""
        held = mirrors_held(self.home)
        if not held:
            raise NoMirror(
                "There is no mirror yet that I could look into. Bring one: rusta mirror add crate:NAME network=online"
            )
        asked = mirror_question(question, self._crates(held), lenient=True)
        named = self._of_crates(held, asked) or self._of_items(held, asked)
        return self._answered(named or held, asked)

    def in_chat(
        self, question: str, known: Callable[[str], bool], locked: Callable[[str], bool]
    ) -> MirrorAnswer | None:
        """Return the answer to a question of a chat; None where it is not about a mirror, or no mirror answers it.

        `known` says whether a name is one of std's; `locked` whether the workspace depends on a crate: then only what asks for a change or
        for a version is the mirror's, since anything else is about the locked sources.
        """
        held = mirrors_held(self.home)
        if not held:
            return None
        asked = mirror_question(question, self._crates(held))
        of_change = asked.about_change or bool(asked.versions)
        named = self._of_crates(held, asked)
        if named and not of_change:
            named = [one for one in named if not locked(one.removeprefix(CRATE))] if joined_names(asked) else []
        elif not named and of_change and not any(known("::".join(one)) for one in asked.names):
            named = self._of_items(held, asked, strict=True)
        if not named:
            return None
        with suppress(NoStateIndex, DamagedRepository, NoMirror):
            found = self._answered(named, asked)
            if of_change or any(one.items for one in found.told):
                return found
        return None

    def _answered(self, mirrors: Sequence[str], asked: MirrorQuestion) -> MirrorAnswer:
        told, notes = list[ToldOfMirror](), list[NoteBeside]()
        for mirror in mirrors:
            if len([one for one in told if one.enough]) >= MOST_MIRRORS:
                break
            with self._opened(mirror) as index:
                libraries = {one.name for one in index.packages}
                crates = tuple(name for one in asked.marked if (name := one.replace("-", "_").lower()) in libraries)
                teller = MirrorTeller(index, mirror.removeprefix(CRATE), asked, crates, self.meaning)
                found = teller.told()
                told.append(found)
                if self.memory is not None and found.items:
                    with suppress(NoJournals):
                        notes += notes_beside(self.memory, mirror, found.items, teller.teller, asked.text)
        if len(told) > MOST_MIRRORS:
            told = [one for one in told if one.enough][:MOST_MIRRORS] or [one for one in told if one.quotes][:1] or told
        return MirrorAnswer(tuple(mirrors), tuple(notes), tuple(told))

    def _opened(self, mirror: str) -> StateIndex:
        return refreshed_index(self.home, mirror, self.step(f"{mirror}: reading states"))

    # Which mirrors

    def _crates(self, held: Sequence[str]) -> list[str]:
        """The names that a question may call the mirrors and their packages by."""
        found = list[str]()
        for mirror in held:
            found.append(mirror.removeprefix(CRATE))
            with ExitStack() as open_, suppress(NoStateIndex):
                if (index := self._as_it_is(mirror, open_)) is not None:
                    found += [one.name for one in index.packages]
        return list(dict.fromkeys(found))

    def _of_crates(self, held: Sequence[str], asked: MirrorQuestion) -> list[str]:
        """The mirrors of the crates that a question names, in its order."""
        named = {one.replace("-", "_").lower() for one in asked.marked}
        found = list[str]()
        for mirror in held:
            names = {mirror.removeprefix(CRATE).replace("-", "_").lower()}
            with ExitStack() as open_, suppress(NoStateIndex):
                if (index := self._as_it_is(mirror, open_)) is not None:
                    names |= {one.name for one in index.packages}
            if names & named:
                found.append(mirror)
        return sorted(found, key=lambda one: one.removeprefix(CRATE) not in asked.marked)

    def _of_items(self, held: Sequence[str], asked: MirrorQuestion, strict: bool = False) -> list[str]:
        """The mirrors that have, or had, an item of a name in the question. `strict`: mirrors that were never read do not count."""
        found = list[str]()
        for mirror in held:
            with ExitStack() as open_, suppress(NoStateIndex, DamagedRepository):
                index = self._as_it_is(mirror, open_) if strict else open_.enter_context(self._opened(mirror))
                if index is not None and next(_has(index, asked), None):
                    found.append(mirror)
        return found

    def _as_it_is(self, mirror: str, open_: ExitStack) -> StateIndex | None:
        """The index of a mirror without a look at the mirror; None where it was never made."""
        file = StateIndex.file_of(self.home, mirror)
        return open_.enter_context(StateIndex(file)) if file.is_file() else None


def _has(index: StateIndex, asked: MirrorQuestion) -> Iterator[bool]:
    for parts in joined_names(asked):
        for state in reversed(index.states):
            if index.named(parts, state.place):
                yield True
