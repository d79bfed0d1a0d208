"""The answer of one mirror to a question: the items that it names, which Rust is needed, what changed between versions, or a search.

Everything told is a fact of the index or a quote, with an anchor `repo@revision:path::item`. Where a search does not find enough, the
nearest passages are named instead.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from rusta.library.passages import Passage
from rusta.library.quotes import Quote
from rusta.library.search import LOOKED_AT, Meaning, SearchResult, best_sentences, passage_hit
from rusta.library.selection import QuestionTerms, question_terms, stem, stems
from rusta.memory.index.terms import wanted
from rusta.mirror.api import OWNERS
from rusta.mirror.crate_states import fits_version
from rusta.mirror.fact import short
from rusta.mirror.item_history import ItemTeller, MirrorItem, quoted_entry
from rusta.mirror.mirror_question import PATTERNS, VERSION, Asks, MirrorQuestion
from rusta.mirror.named_items import MOST_NAMES, NamedItems
from rusta.mirror.registry_index import version_order
from rusta.mirror.slices import ORDER
from rusta.mirror.state_index import IndexedChange, StateIndex

MOST_ITEMS = 2  # of one name
MOST_LISTED = 12  # changes of a list
MOST_QUOTED = 4
NEAREST = 3
BEARS = 0.5  # of a question's weight, in what is told of the items that it names
FITS = 0.6  # of a question's weight, in a passage that is quoted beside others
ENOUGH = 0.75  # of a question's weight, in the path of a change
BEFORE = re.compile(r"\b(?:since|from|after|coming from|was in|used to .{0,30} in)\s+(?:[\w-]+\s+)?v?\Z", re.IGNORECASE)
ABOUT = re.compile(
    r"\b(?:around|regarding|concerning|related|anything|something|everything|kinds?|ways?)\b", re.IGNORECASE
)
RUST_BEFORE = re.compile(r"\b(?:rust|rustc|msrv)\s+v?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class ToldOfMirror:
    """What one mirror answers. `items` are those that were told of, with what changed of each; `near` names what may be meant."""

    called: str
    quotes: tuple[Quote, ...] = ()
    said: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    unsure: bool = False
    missing: tuple[str, ...] = ()  # sentences on versions that are not held
    items: tuple[tuple[MirrorItem, tuple[IndexedChange, ...]], ...] = ()

    @property
    def enough(self) -> bool:
        """Whether it answers."""
        return bool(self.quotes or self.said) and not self.unsure


@dataclass
class MirrorTeller:
    """Asks the index of one mirror. `crates` are the libraries that the question names, all of the mirror's if empty."""

    index: StateIndex
    label: str
    question: MirrorQuestion
    crates: tuple[str, ...] = ()
    meaning: Meaning | None = None
    teller: ItemTeller = field(init=False)

    def __post_init__(self) -> None:
        """Find out which states the question is about."""
        self.teller = ItemTeller(self.index, self.label)
        self.newest = len(self.index.states) - 1
        self.place, self.before, self.missing = self._places()
        self.names = NamedItems(self.teller, self.question, self.place, self.crates)

    @property
    def main(self) -> str:
        """The library that the question is about: the first one that it names, else the mirror's own."""
        here = [one.name for one in self.index.packages if one.place == self.newest]
        own = self.label.replace("-", "_")
        return next((one for one in self.crates if one in here), own if own in here or not here else here[0])

    def told(self) -> ToldOfMirror:
        """Return the answer."""
        called = self.teller.called(self.main, self.place)
        found = ToldOfMirror(called)
        if self.newest < 0:
            return found
        if named := self.names.found():
            found = self._of_items(named, called)
        if not found.quotes and Asks.RUST in self.question.asks:
            found = replace(found, said=(*found.said, *self._rust()))
        if not found.quotes and self.question.about_change:
            found = replace(found, said=(*found.said, *self._packages()))
        if not found.quotes and (entries := list(self._entries_alone())):
            found = replace(found, quotes=tuple(entries[:MOST_QUOTED]))
        if not found.quotes and not found.said:
            found = self._of_changes(called) if Asks.CHANGED in self.question.asks or self._version_asked else found
        if not found.quotes and not found.said:
            found = self._searched(called)
        if not found.quotes and not found.said and (near := self._near()):
            found = replace(found, near=(*near, *found.near))
        unknown = [] if found.quotes and not found.unsure else self._unknown()
        return replace(found, missing=(*self._missing(), *unknown))

    # Which states

    @property
    def _version_asked(self) -> bool:
        return bool(self.question.versions) and self.question.about_change

    def _places(self) -> tuple[int, int | None, list[str]]:
        """The state that is asked about, the one before what is asked about (None: not said), versions that are not held."""
        held, missing = dict[str, list[int]](), list[str]()
        for said in self.question.versions:
            at = self.question.text.find(said)
            if at >= 0 and RUST_BEFORE.search(self.question.text[:at]):
                continue
            here = [
                one.place for one in self.index.packages if one.name == self.main and fits_version(one.version, said)
            ]
            here += [one.place for one in self.index.states if one.revision.startswith(said) and len(said) > 6]
            if here:
                held[said] = here
            else:
                missing.append(said)
        if not held:
            return self.newest, None, missing
        first, last = min(map(min, held.values())), max(map(max, held.values()))
        if len(held) > 1:
            return last, max(place for place in held[min(held, key=lambda one: max(held[one]))]), missing
        at = self.question.text.find(next(iter(held)))
        if self.question.asks & {Asks.CHANGED, Asks.REPLACED} and BEFORE.search(self.question.text[: max(0, at)]):
            return self.newest, last, missing
        return last, max(0, first - 1), missing

    def _missing(self) -> Iterator[str]:
        if self.missing and self.newest >= 0:
            held = (
                ", ".join(dict.fromkeys(one.version for one in self.index.packages if one.name == self.main)) or "none"
            )
            name = self.main.replace("_", "-")
            yield f"Of {name} {' and '.join(self.missing)} I hold no sources; of {name} I hold {held}."

    def _unknown(self) -> list[str]:
        """Names written as code that no state has."""
        called = [one for one in self.question.names if not self.teller.found(one, self.place, ())]
        held = ", ".join(dict.fromkeys(one.version for one in self.index.packages if one.name == self.main))
        return [f"No state of {self.main} that I hold ({held}) has `{'::'.join(one)}`." for one in called[:MOST_NAMES]]

    # Items

    def _of_items(self, named: Sequence[tuple[tuple[str, ...], list[MirrorItem]]], called: str) -> ToldOfMirror:
        quotes, said = list[Quote](), [*self.names.not_of_their_owner([parts for parts, _ in named])]
        told = list[tuple[MirrorItem, tuple[IndexedChange, ...]]]()
        for parts, items in named:
            for one in items[:MOST_ITEMS]:
                changes = tuple(self.index.changes_of(one.path.split("::")))
                told.append((one, changes))
                quotes.append(self.teller.quote(one, self.question, changes))
            if len(items) > MOST_ITEMS:
                others = ", ".join(f"`{one.path}`" for one in items[MOST_ITEMS : MOST_ITEMS + NEAREST])
                said.append(f"{len(items)} items are called `{'::'.join(parts)}`; beside those below: {others}.")
            gone = all(one.item is None for one in items)
            if gone:
                said += self._successors(items[0], parts)
            if self.question.about_change or gone:
                entries = self.teller.entries(parts, self.main, self.question, gone)
                quotes += [quoted_entry(one, called) for one in entries]
        named_all = {parts for name in named for parts in name[0]} >= {name[-1] for name in self.question.names}
        if self.question.about_change or not named_all:
            quotes += [one for one in self._entries_found(called) if one.page not in {quote.page for quote in quotes}]
        types = all(one.item is not None and one.item.kind in OWNERS for one, _ in told)
        unsure = (self.question.about_change or types) and not self._bears(quotes, told)
        if unsure:  # the question is about more than its names
            beside = self._searched(called)
            quotes = [*(one for one in beside.quotes if one.title not in {quote.title for quote in quotes}), *quotes]
            unsure = beside.unsure or not beside.quotes
        return ToldOfMirror(called, tuple(quotes), tuple(said), unsure=unsure, items=tuple(told))

    def _bears(self, quotes: Sequence[Quote], told: Sequence[tuple[MirrorItem, tuple[IndexedChange, ...]]]) -> bool:
        """Whether what is told of items bears on the question: a change of one where that is asked for, or its other words."""
        if len(quotes) > len(told) or any(one.item is None or self.teller.first(one) for one, _ in told):
            return True
        if self.question.about_change and any(changes for _, changes in told):
            return True
        asked, _ = self._topic(Asks.NOW)
        held = frozenset[str]().union(*(stems(f"{one.title} {one.said} {' '.join(one.sentences)}") for one in quotes))
        return asked.coverage(held) >= BEARS if asked.weights else True

    def _entries_found(self, called: str) -> list[Quote]:
        """Entries of changelogs and guides that a search finds to be enough for the question."""
        asked, topic = self._topic()
        texts = self.index.texts_of(("changelog", "migration"))
        texts = [one for one in texts if not self.question.versions or self._of_version(one, self.before or 0)]
        hits = [hit for one in texts if (hit := passage_hit(one, asked))] if asked.weights else []
        found = best_sentences(hits, topic, asked, self.meaning)
        return self._fitting(found, asked, called)[:1] if found.enough else []

    def _fitting(self, found: SearchResult, asked: QuestionTerms, called: str) -> list[Quote]:
        """The passages of a search that hold a good part of the question themselves, with the sentences that were chosen."""
        kept = list[Quote]()
        for one, said in found.sentences:
            held = frozenset[str]().union(stems(one.title), *(unit.stems for unit in said))
            if asked.coverage(held) >= FITS:
                kept.append(replace(quoted_entry(one, called), sentences=tuple(unit.text for unit in said)))
        return kept

    def _successors(self, of: MirrorItem, parts: Sequence[str]) -> Iterator[str]:
        """What has the same name elsewhere now, or is new with the same signature or a near name."""
        called = self.teller.called(of.path.partition("::")[0], self.place)
        same = self.index.named(parts[-1:], self.place) if len(parts) > 1 else []
        if same:
            yield f"In {called} there is a `{parts[-1]}` elsewhere: {', '.join(f'{one.kind} `{one.path}`' for one in same[:NEAREST])}."
        elif near := self.teller.successors(of):
            yield f"New since then, with the same signature or a near name: {', '.join(f'`{one}`' for one in near)}."

    def _entries_alone(self) -> Iterator[Quote]:
        """Entries of changelogs that name what no state has as an item."""
        for parts in self.question.names:
            for one in self.teller.entries(parts, self.main, self.question, gone=True):
                yield quoted_entry(one, self.teller.called(self.main, self.newest))

    def _near(self) -> list[str]:
        """Names of the newest state that are near those of the question."""
        names = [parts[-1] for parts in self.question.names]
        rows = self.index.db.execute(
            "select distinct items.path from items join packages on packages.reading = items.reading "
            "where packages.place = ? and items.kind != 'impl'", (self.place,),
        ) if names else ()  # fmt: skip
        known = {path.rpartition("::")[2]: path for (path,) in rows}
        return [f"`{known[one]}`" for name in names for one in get_close_matches(name, known, NEAREST, 0.6)][:NEAREST]

    # Versions of Rust, lists of changes

    def _rust(self) -> Iterator[str]:
        of = self.index.package(self.main, self.place)
        if of is None:
            return
        called = self.teller.called(self.main, self.place)
        place = (
            f"{self.label}@{self.index.states[self.place].shown}:{'/'.join(filter(None, (of.folder, 'Cargo.toml')))}"
        )
        needs = f"needs Rust {of.rust} at least" if of.rust else "says nothing of a least Rust"
        yield f"{called} {needs}{f', edition {of.edition}' if of.edition else ''}. ({place})"
        for one in self.index.facts_between(0, self.place):
            if one.kind in ("msrv", "edition") and self.main.replace("_", "-") in one.package.replace("_", "-").split(
                ", "
            ):
                between = (
                    f"Between {self.teller.called(self.main, one.old)} and {self.teller.called(self.main, one.new)}"
                )
                yield f"{between}: {one.text} ({one.anchor})"

    def _packages(self) -> Iterator[str]:
        """Since which state a package of the mirror is there that is not the mirror's own, or that came while states are held."""
        for crate in self.crates:
            places = [one.place for one in self.index.packages if one.name == crate]
            if Asks.SINCE in self.question.asks and places and (min(places) or crate != self.label.replace("-", "_")):
                first = self.teller.called(crate, min(places))
                before = (
                    "the oldest state that I hold" if not min(places) else "and not in the state before it that I hold"
                )
                yield f"The package {crate} is in {first}, {before}."

    def _of_changes(self, called: str) -> ToldOfMirror:
        """What changed between the states that are asked about: all of it, or what the question's other words are about."""
        old = self.before if self.before is not None else max(0, self.place - 1)
        changes = self.index.changes_between(old, self.place, self.crates)
        between = f"Between {self.teller.called(self.main, old)} and {self.teller.called(self.main, self.place)}"
        asked, topic = self._topic()
        entries = [one for one in self.index.texts_of(("changelog", "migration")) if self._of_version(one, old)]
        if asked.weights:
            changes = [one for one in changes if asked.coverage(_stems(one.moved or one.path)) >= ENOUGH]
            hits = [hit for one in entries if (hit := passage_hit(one, asked))]
            found = best_sentences(hits, topic, asked, self.meaning)
            quotes = self._fitting(found, asked, called) if found.enough else []
            if not quotes and not changes:
                return ToldOfMirror(called, near=tuple(_place(one) for one in found.nearest[:NEAREST]))
        else:
            quotes = [quoted_entry(one, called) for one in entries[:MOST_QUOTED]]
        said = list[str]()
        if self.missing and quotes:  # of a version between those that are held the changelog tells alone
            return ToldOfMirror(called, tuple(quotes[:MOST_QUOTED]))
        if changes:
            order = sorted(
                changes,
                key=lambda one: (one.kind == "impl", ORDER.index(one.change) if one.change in ORDER else len(ORDER)),
            )
            lines = [f"- {_line(one)} ({one.anchor})" for one in order[:MOST_LISTED]]
            more = len(order) - MOST_LISTED
            lines += [f"- and {more} more: rusta mirror changes NAME since=REV"] if more > 0 else []
            said.append("\n".join([f"{between}:", "", *lines]))
        elif not quotes:
            said.append(f"{between} nothing changed in the public API.")
        return ToldOfMirror(called, tuple(quotes[:MOST_QUOTED]), tuple(said))

    def _of_version(self, one: Passage, old: int) -> bool:
        """Whether an entry is of a version between two states, or of one that the question names."""
        if self.missing:
            return any(fits_version(one.key, said) for said in self.missing)
        versions = [package.version for place in (old, self.place) if (package := self.index.package(self.main, place))]
        if len(versions) < 2 or not VERSION.fullmatch(one.key):
            return one.key == "unreleased"
        return version_order(versions[0]) < version_order(one.key) <= version_order(versions[1])

    def _named_version(self, version: str) -> bool:
        return any(fits_version(version, said) for said in self.question.versions)

    # Search

    def _topic(self, *also: Asks) -> tuple[QuestionTerms, str]:
        """The words of the question that say what it is about, without names of crates, versions and words of change."""
        text = self.question.text
        named = sorted({*self.question.marked, self.label, *(one.name for one in self.index.packages)}, key=len)
        for crate in reversed(named):  # the longest first: one may be a part of another
            text = re.sub(rf"(?<!\w){re.sub('[-_]', '[-_ ]', re.escape(crate))}(?!\w)", " ", text, flags=re.IGNORECASE)
        for pattern in (VERSION, ABOUT, *(PATTERNS[kind] for kind in (Asks.CHANGED, Asks.SINCE, *also))):
            text = pattern.sub(" ", text)
        return question_terms(text, self.index.documents, max(1, self.index.passages)), text

    def _searched(self, called: str) -> ToldOfMirror:
        asked, topic = self._topic()
        words = [word for word in wanted(topic) if " " not in word]
        if not asked.weights or not words:
            return ToldOfMirror(called)
        texts = [
            one
            for one in self.index.search(words, LOOKED_AT)
            if not (self.question.versions and one.key) or self._named_version(one.key)
        ]
        hits = [hit for one in texts if (hit := passage_hit(one, asked))]
        found = best_sentences(hits, topic, asked, self.meaning)
        near = tuple(_place(one) for one in found.nearest[:NEAREST])
        if not (found.enough or found.near):
            return ToldOfMirror(called, near=near)
        quotes = [
            replace(quoted_entry(one, called), sentences=tuple(unit.text for unit in said))
            for one, said in found.sentences
        ]
        return ToldOfMirror(called, tuple(quotes), near=near, unsure=not found.enough)


def _stems(path: str) -> frozenset[str]:
    return frozenset(stem(word) for word in wanted(path))


def _place(one: Passage) -> str:
    return f"{one.title} ({one.page})"


def _line(one: IndexedChange) -> str:
    """A change in one line."""
    said = f"{one.change}: {one.kind} `{one.path}`"
    if one.moved:
        return f"{said}, now `{one.moved}`"
    if one.change == "signature" and one.was != one.becomes:
        return f"{said}: was `{short(one.was.replace('`', ''), 160)}`, is `{short(one.becomes.replace('`', ''), 160)}`"
    return f"{said}{f': {short(one.note, 200)}' if one.note else ''}"
