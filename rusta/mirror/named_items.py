"""The items of a mirror that the names in a question mean: members with the types named beside them, types, functions in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rusta.library.selection import ASKING, JOINT, stem, stems
from rusta.memory.index.terms import STOP
from rusta.mirror.api import OWNERS
from rusta.mirror.item_history import ItemTeller, MirrorItem
from rusta.mirror.mirror_question import NO_NAMES, MirrorQuestion, joined_names

MOST_NAMES = 2


@dataclass(frozen=True)
class NamedItems:
    """Looks the names of a question up in one state. `crates` are the libraries that count first."""

    teller: ItemTeller
    question: MirrorQuestion
    place: int
    crates: tuple[str, ...]

    def found(self) -> list[tuple[tuple[str, ...], list[MirrorItem]]]:
        """The items that the question's names mean, by name; a name that is part of one found before is left out."""
        found, used = list[tuple[tuple[str, ...], list[MirrorItem]]](), set[str]()
        for parts in joined_names(self.question):
            if len(found) >= MOST_NAMES:
                break
            if len(parts) == 1 and parts[0] in used:
                continue
            items = self.teller.found(parts, self.place, self.crates) or self.teller.found(parts, self.place, ())
            if items:
                found.append(self._members_meant(parts, items))
                used.update(parts)
        return found or self._functions_in_words()

    def not_of_their_owner(self, found: Sequence[tuple[str, ...]]) -> Iterator[str]:
        """A member that was only found without the type that the question names beside it."""
        owners = [
            name for name in self.question.names if name[-1][:1].isupper() and self.teller.found(name, self.place, ())
        ]
        for parts in found:
            if owners and len(parts) == 1 and not parts[0][:1].isupper():
                yield f"No state that I hold has `{'::'.join((*owners[0], *parts))}` as an item of its own."

    def _functions_in_words(self) -> list[tuple[tuple[str, ...], list[MirrorItem]]]:
        """A function or macro of the crate's root that a plain word names: "since when is there a quench in kiln"."""
        words = [word for word in self.question.words if len(word) > 3 and word not in (*STOP, *ASKING, *NO_NAMES)]
        for word in words if not self.question.names else ():
            items = self.teller.found((word,), self.place, self.crates)
            kinds = [((one.item or (one.last or (0, None))[1]), one) for one in items]
            kept = [one for item, one in kinds if item and item.kind in ("fn", "macro") and one.path.count("::") == 1]
            if kept:
                return [((word,), kept)]
        return []

    def _members_meant(
        self, parts: tuple[str, ...], items: list[MirrorItem]
    ) -> tuple[tuple[str, ...], list[MirrorItem]]:
        """Of a type the members whose names are among the question's words ("does Error tell of DNS": `Error::is_dns`), else itself."""
        owner = items[0].item
        if owner is None or owner.kind not in OWNERS or any(name[-1][:1].islower() for name in self.question.names):
            return parts, items
        said, own = stems(self.question.text), stems(JOINT.sub(" ", owner.path))
        for one in self.teller.index.below(owner.path, self.place):
            last = one.path.rpartition("::")[2]
            words = [word for word in last.lower().split("_") if word and word not in STOP]
            if one.kind != "impl" and words and all(stem(word) in said - own and len(word) > 2 for word in words):
                return (*parts, last), [MirrorItem(self.teller.label, one.path, self.place, one, None)]
        return parts, items
