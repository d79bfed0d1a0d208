"""What the index of a mirror knows of one item: how it is in a state, since when, what changed of it, and what took its place.

Sentences are of code, each about states that are held; what the project itself says (deprecation notes, entries of changelogs) is quoted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rusta.library.passages import Passage
from rusta.library.quotes import Quote
from rusta.library.selection import QuestionTerms, page_sentences, stem
from rusta.mirror.api import OWNERS
from rusta.mirror.crate_states import fits_version
from rusta.mirror.fact import short
from rusta.mirror.index_states import item_anchor
from rusta.mirror.mirror_question import Asks, MirrorQuestion
from rusta.mirror.registry_index import version_order
from rusta.mirror.state_index import IndexedChange, IndexedItem, StateIndex

LONGEST_SHOWN = 400  # characters of a signature
MOST_CHANGES_TOLD = 4
MOST_ENTRIES_TOLD = 2
MOST_MEMBERS = 12
MOST_NEAR = 3
MOST_NOTED = 2  # sentences of documentation on what to use instead
TELLING = (
    "signature",
    "unsafe",
    "deprecated",
    "undeprecated",
    "removed",
    "moved",
    "reexported",
    "marks",
    "gated",
    "ungated",
)
REPLACES = re.compile(
    r"\brenam|\breplac|\bremov|\bmov(?:e|ed|ing)\b|\bdeprecat|\binstead\b|\bin favou?r\b|\bnow\b|->|→|\bdrop",
    re.IGNORECASE,
)
ADDS = re.compile(r"\badd|\bnew\b|\bintroduc|\bstabili|\bexpos|\bexport|\bprovide|\bimplement", re.IGNORECASE)
NOTED = re.compile(r"\bdeprecat|\binstead\b|\brenamed\b|\breplaced (?:by|with)\b|\bsuperseded\b", re.IGNORECASE)
DEPRECATION = re.compile(r"\bdeprecat", re.IGNORECASE)
IMPLEMENTS = re.compile(
    r"\bimpl(?:s|ements?|emented|ementations?|ementing)?\b|\bderives?\b|\bstill (?:an? )?`?[A-Z]", re.IGNORECASE
)
# A question for something that it does not name: "which method is for that?", "what should I call instead?"
UNNAMED = re.compile(
    r"\b(?:what|which|a|is there an?)\s+(?:\S+\s+){0,3}?(?:method|function|variant|constructor)\b|\binstead\b|\bhow (?:do|can|should) i\b"
    r"|\bwhat should i (?:call|use)\b|\bmethod called\b",
    re.IGNORECASE,
)
MOST_BESIDE = 6  # new items beside one
TRAIT = re.compile(r"(?<![\w:])[A-Z][A-Za-z]+(?![\w:])")
WITHOUT_NAME = re.compile(r"\bfn\s+\w+|\b(?:struct|enum|trait|type|const|static)\s+\w+")


@dataclass(frozen=True)
class MirrorItem:
    """An item that a question names: its path, and the state that is told of; `item` is None where that state has it not."""

    mirror: str  # as it stands in anchors
    path: str
    place: int
    item: IndexedItem | None
    last: tuple[int, IndexedItem] | None  # the latest state that has it, where `item` is None


@dataclass(frozen=True)
class ItemTeller:
    """Tells of items of one mirror. `label` is the mirror's name in anchors."""

    index: StateIndex
    label: str

    def called(self, crate: str, place: int) -> str:
        """Return what a state is called beside an item of a crate: `rand 0.10.4`, and of a repository its commit as well."""
        of, shown = self.index.package(crate, place), self.index.states[place].shown
        version = of.version if of else ""
        name = crate if of is None else crate.replace("_", "-") if self.label == crate.replace("_", "-") else crate
        return (
            f"{name} {version}".strip()
            if version in ("", shown) and version
            else f"{name} {version} ({self.label}@{shown})".replace("  ", " ")
        )

    def anchor(self, item: IndexedItem, place: int) -> str:
        """Return the anchor of an item in a state."""
        of = self.index.package(item.path.partition("::")[0], place)
        return item_anchor(
            self.label, self.index.states[place].shown, of.folder if of else "", item.file, item.kind, item.path
        )

    def found(self, parts: Sequence[str], place: int, crates: Sequence[str]) -> list[MirrorItem]:
        """Return the items that a name may mean in a state; else those of the latest state before that has one, else of a later one."""
        if here := self.index.named(parts, place, crates):
            return [MirrorItem(self.label, one.path, place, one, None) for one in here]
        for before in range(place - 1, -1, -1):
            if gone := self.index.named(parts, before, crates):
                return [MirrorItem(self.label, one.path, place, None, (before, one)) for one in gone]
        for later in range(place + 1, len(self.index.states)):
            if come := self.index.named(parts, later, crates):
                return [MirrorItem(self.label, one.path, later, one, None) for one in come]
        return []

    def quote(self, of: MirrorItem, question: MirrorQuestion, changes: Sequence[IndexedChange]) -> Quote:
        """Return what is known of an item, as a quote with its anchor."""
        crate = of.path.partition("::")[0]
        place, item = (of.place, of.item) if of.item else of.last or (of.place, None)
        assert item is not None
        called, lines = self.called(crate, place), list[str]()
        if of.item is None:
            lines.append(
                f"It is not in {self.called(crate, of.place)}. The latest state that I hold with it is {called}, where it is:"
            )
        else:
            lines.append(f"In {called}: {item.kind}{_state(item)}.")
        if item.signature:
            lines.append(f"```rust\n{short(item.signature, LONGEST_SHOWN)}\n```")
        if of.item is None and item.deprecated:
            lines.append(f"There: {item.deprecated.rstrip('.')}.")
        lines += self._since(of, question) if of.item else []
        lines += list(self._told([one for one in changes if one.new <= of.place], of.path))
        asked = Asks.REPLACED in question.asks or DEPRECATION.search(question.text)
        if of.item and not item.deprecated and asked:
            lines.append("It is there, and not marked as deprecated.")
        lines += self._implementations(item, place, question)
        members = self._members(item, place, question) if of.item and item.kind in OWNERS else []
        unchanged = of.item and of.place and not (changes or members or self.first(of))
        if unchanged and Asks.CHANGED in question.asks:
            lines.append(f"Between {self.called(crate, 0)} and {called} nothing of it changed.")
        lines += members
        lines += self._new_beside(of, item, question)
        sentences = () if of.item is None else self._docs(item, question, bool(changes))
        return Quote(of.path, "\n\n".join(lines), sentences, self.anchor(item, place), "", called, item.docs)

    def first(self, of: MirrorItem) -> int:
        """The place of the first state from which on an item is there in every one up to the state that is told of."""
        first = of.place
        while first and any(one.path == of.path for one in self.index.named(of.path.split("::"), first - 1)):
            first -= 1
        return first

    def _since(self, of: MirrorItem, question: MirrorQuestion) -> list[str]:
        """Since which of the states that are held an item is there."""
        crate, first = of.path.partition("::")[0], self.first(of)
        if first:
            if self.index.package(crate, first - 1) is None:
                return [f"It is there since {self.called(crate, first)}, the first state that I hold of this package."]
            before = f"{self.called(crate, first - 1)}, the state before it that I hold, has it not"
            return [f"It is new in {self.called(crate, first)}: {before}."]
        oldest = f"The oldest state that I hold, {self.called(crate, 0)}, has it already."
        return [oldest] if Asks.SINCE in question.asks else []

    def _told(self, changes: Sequence[IndexedChange], path: str) -> Iterator[str]:
        """The changes of an item, the latest first."""
        told = [one for one in changes if one.change in TELLING and path in (one.path, one.moved)]
        for one in told[:MOST_CHANGES_TOLD]:
            between = f"Between {self.called(one.crate, one.old)} and {self.called(one.crate, one.new)}"
            match one.change:
                case "signature" if one.was != one.becomes:
                    said = f"another signature. It was `{_code(one.was)}`, it is `{_code(one.becomes)}`"
                case "moved":
                    said = f"it moved from `{one.path}` to `{one.moved}`"
                case "reexported":
                    said = f"it comes from another crate now: `{_code(one.becomes)}`"
                case "deprecated":
                    said = f"it was deprecated: “{short(one.note, LONGEST_SHOWN)}”"
                case "removed" if other := self._other_kind(one):
                    said = f"it was a {one.kind}, and is a {other} now"
                case "removed":
                    said = "it was removed"
                case _:
                    said = f"{one.change}{f': {one.note}' if one.note else ''}"
            yield f"{between}: {said}. ({one.anchor})"

    def _other_kind(self, gone: IndexedChange) -> str:
        """What an item is now under the same path, where it was something else before."""
        come = [
            one.kind
            for one in self.index.changes_of(gone.path.split("::"))
            if one.change == "added" and one.path == gone.path
        ]
        return come[0] if come and come[0] != gone.kind else ""

    def _members(self, item: IndexedItem, place: int, question: MirrorQuestion) -> list[str]:
        """The fields or variants of a type, and what came to it or went, where that is asked for."""
        below = self.index.below(item.path, place)
        parts = [one.path.rpartition("::")[2] for one in below if one.kind in ("field", "variant")]
        asked = question.asks & {Asks.NOW, Asks.CHANGED}
        lines = [f"It has {', '.join(f'`{one}`' for one in parts[:MOST_MEMBERS])}."] if parts and asked else []
        if Asks.CHANGED in question.asks:
            every = reversed(self.index.changes_between(0, place))
            changed = [
                one for one in every if one.kind != "impl" and item.path in (one.owner, one.path.rpartition("::")[0])
            ]
            lines += ["\n".join(map(self._member_line, changed[:MOST_MEMBERS]))] if changed else []
        return lines

    def _new_beside(self, of: MirrorItem, item: IndexedItem, question: MirrorQuestion) -> list[str]:
        """What came to the same type or module since the oldest state held, where a question wants something that it does not name."""
        if not UNNAMED.search(question.text):
            return []
        owner = of.path if item.kind in OWNERS else of.path.rpartition("::")[0]
        asked = {stem(word) for word in re.findall(r"[a-z]+", f"{question.text} {of.path.rpartition('::')[2]}".lower())}
        come = dict[str, IndexedChange]()
        for one in self.index.changes_between(0, of.place):
            above, _, name = one.path.rpartition("::")
            if one.change == "added" and above == owner and one.kind in ("method", "fn", "variant", "constant"):
                come[name] = one
        ranked = sorted(come, key=lambda name: -len({stem(part) for part in name.lower().split("_")} & asked))
        shown = ", ".join(
            f"`{name}` ({self.called(come[name].crate, come[name].new)})" for name in ranked[:MOST_BESIDE]
        )
        return [f"New beside it: {shown}."] if shown else []

    def _implementations(self, item: IndexedItem, place: int, question: MirrorQuestion) -> list[str]:
        """What a type implements of the traits that the question names, and what came to it or went of these."""
        if item.kind not in OWNERS or not IMPLEMENTS.search(question.text):
            return []
        called, lines = self.called(item.path.partition("::")[0], place), list[str]()
        for name in dict.fromkeys(TRAIT.findall(question.text)):
            of_trait = re.compile(rf"(?<!\w){name}(?!\w).* for ")
            if name == item.path.rpartition("::")[2] or not name[1:].islower():
                continue
            here = [
                one for one in self.index.below(item.path, place) if one.kind == "impl" and of_trait.search(one.path)
            ]
            gone = [
                one
                for one in self.index.changes_between(0, place)
                if one.owner == item.path and of_trait.search(one.path)
            ]
            lines += [f"In {called}: `{_code(one.path.partition(': ')[2])}`." for one in here[:1]]
            lines += [
                f"{one.change} in {self.called(one.crate, one.new)}: `{_code(one.path)}`. ({one.anchor})"
                for one in gone[-1:]
            ]
            if not here and gone:
                lines.append(f"In {called} I read no implementation of {name} for `{item.path}`.")
        return lines

    def _member_line(self, one: IndexedChange) -> str:
        said = f"- {one.change} in {self.called(one.crate, one.new)}: `{one.path.rpartition('::')[2]}`"
        return (
            f"{said}: was `{_code(one.was)}`, is `{_code(one.becomes)}`"
            if one.change == "signature" and one.was != one.becomes
            else said
        )

    def _docs(self, item: IndexedItem, question: MirrorQuestion, changed: bool) -> tuple[str, ...]:
        """Sentences of its documentation that answer: what it says of another item to use, or how it is."""
        if question.about_change:
            noted = [one.text for one in page_sentences(item.docs) if NOTED.search(one.text)]
            if Asks.REPLACED in question.asks and noted:
                return tuple(noted[:MOST_NOTED])
        if not item.docs or (question.about_change and changed) or question.asks == {Asks.SINCE}:
            return ()
        return tuple(one.text for one in QuestionTerms.of(question.text, item.path).chosen(item.docs))

    def entries(self, parts: Sequence[str], crate: str, question: MirrorQuestion, gone: bool) -> list[Passage]:
        """Return the entries of changelogs and guides that name an item: those that say what is asked for, of the states held first.

        `gone`: the state that is asked about has it not, so that entries on what became of it are wanted.
        """
        last, owner = parts[-1], parts[-2] if len(parts) > 1 and parts[-2] != crate else ""
        name = re.compile(rf"(?<![\w-]){re.escape(last)}(?![\w-])")
        beside = re.compile(rf"(?<!\w){re.escape(owner)}(?!\w)") if owner else None
        alone = re.compile(rf"(?<!\w){re.escape(last)}(?!\w|::\w)")  # the item itself, and not what belongs to it
        sign = REPLACES if gone or Asks.REPLACED in question.asks else ADDS if Asks.SINCE in question.asks else None
        ranked = list[tuple[tuple[int, ...], Passage]]()
        for n, one in enumerate(self.index.texts_of(("changelog", "migration"))):
            if name.search(one.text) and _as_code(one.text, last):
                said = f"{one.title.rpartition(' > ')[2]} {one.text}"
                fits = any(fits_version(one.key, version) for version in question.versions)
                other = (beside is not None and not beside.search(one.text), sign is not None and not sign.search(said))
                if not (whole := bool(alone.search(one.text))) and not gone:
                    continue
                first = _first_named(one.text, last) if sign is REPLACES else -n if sign is ADDS else 0
                rank = (*map(int, (*other, not fits, not self._held(one.key, crate), not whole)), first, n)
                ranked.append((rank, one))
        ranked.sort(key=lambda pair: pair[0])
        if not ranked:
            return []
        best = ranked[0][0]
        return [one for rank, one in ranked if rank[:5] == best[:5]][:MOST_ENTRIES_TOLD]

    def _held(self, version: str, crate: str) -> bool:
        """Whether a version is later than the oldest state that is held."""
        oldest = next((one.version for one in self.index.packages if one.name == crate), "")
        return not version[:1].isdigit() or not oldest or version_order(version) > version_order(oldest)

    def successors(self, of: MirrorItem) -> list[str]:
        """Return what is new since an item went: with the same signature but for names, or a near name, below the same owner."""
        if of.item is not None or of.last is None:
            return []
        place, item = of.last
        owner, shape = of.path.rpartition("::")[0], WITHOUT_NAME.sub("", item.signature)
        new = [
            one
            for one in self.index.changes_between(place, of.place)
            if one.change == "added" and one.kind == item.kind
        ]
        alike = [
            one.path
            for one in new
            if shape and WITHOUT_NAME.sub("", one.becomes) == shape and one.path.rpartition("::")[0] == owner
        ]
        names = {one.path.rpartition("::")[2]: one.path for one in new}
        names |= {one.path.rpartition("::")[2]: one.path for one in new if one.path.rpartition("::")[0] == owner}
        near = [names[one] for one in get_close_matches(of.path.rpartition("::")[2], names, MOST_NEAR, 0.55)]
        return list(dict.fromkeys([*alike, *near]))[:MOST_NEAR]


def quoted_entry(one: Passage, version: str) -> Quote:
    """Return an entry of a text as a quote, with its place for the anchor."""
    return Quote(one.title, "", (one.text,), one.page, "", version, one.text)


def _state(item: IndexedItem) -> str:
    said = [f"behind `{short(item.gate, 200)}`"] if item.gate else []
    said += [item.deprecated.rstrip(".")] if item.deprecated else []
    return f", {'; '.join(said)}" if said else ""


def _code(text: str) -> str:
    return short(text.replace("`", ""), LONGEST_SHOWN)


def _as_code(text: str, name: str) -> bool:
    """Whether a text has a name as code: in backticks, in a path, called, or of a form that only names have."""
    quoted = re.escape(name)
    return bool(
        "_" in name
        or re.search(r"[a-z][A-Z]", name)
        or re.search(rf"`[^`\n]*(?<!\w){quoted}(?!\w)[^`\n]*`|::{quoted}\b|\b{quoted}\(", text)
    )


def _first_named(text: str, name: str) -> int:
    """Where a text names something first; what an entry is about stands at its beginning."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() // 40 if found else 1_000
