"""What the mirrors say of the items that a request names and no recalled entry does: signature, place, and how the newest state differs.

Looked up in kept APIs, in milliseconds: at the version that the workspace has locked, else at the mirror's newest state.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rusta.core.output import visible
from rusta.memory.entries.entry import Journal
from rusta.memory.index.index import IndexRow
from rusta.mirror.crate_states import CrateStates
from rusta.mirror.fact import short
from rusta.mirror.item_difference import found_items, item_difference
from rusta.mirror.kept_apis import ApiItem, KeptState
from rusta.mirror.note_mentions import ItemMention, item_mentions
from rusta.mirror.standing_text import LONGEST

MOST_LOOKED_UP = 3  # items of a request
LONGEST_REQUEST = 4_000  # characters that are read


@dataclass(frozen=True)
class MirrorLookup:
    """One item. `change` is how the mirror's newest state differs from the version that is locked, "" where it does not."""

    item: str
    crate: str
    version: str
    newest: str
    mirror: str
    signature: str
    anchor: str
    change: str
    fact: str


def looked_up(states: CrateStates, request: str, entries: Iterable[IndexRow]) -> list[MirrorLookup]:
    """Return what the mirrors say; only of items that are named without doubt, and of crates that are mirrored."""
    known = [one for entry in entries for one in item_mentions(entry, states.known)]
    named = item_mentions(_row(request), states.known)
    asked = [one for one in named if not any(_is_same(one, other) for other in known)]
    found = dict[str, MirrorLookup]()
    for one in asked:
        for lookup in _of_mention(states, one):
            if len(found) < MOST_LOOKED_UP:
                found.setdefault(lookup.item, lookup)
    return list(found.values())


def _of_mention(states: CrateStates, one: ItemMention) -> Iterator[MirrorLookup]:
    newest, mirror = states.newest(one.crate)
    lock = states.locked(one.crate)
    state = lock.state if lock else newest
    if newest is None or state is None:
        return
    items = found_items(states.apis, state, one.item)
    if len(items) == 1:
        item = items[0][0]
        differs = item_difference(states.apis, one.item, state, newest)
        told = f"; the mirror says {newest.label}: it {differs.said(True)}" if differs else ""
        fact = f"{_said(one.crate, item, state, locked=lock is not None)}{told}."
        yield MirrorLookup(
            item.path, one.crate, state.version, newest.label, mirror, item.signature, f"{state.anchor}:{item.file}",
            differs.changes[0] if differs else "", short(" ".join(visible(fact).split()), LONGEST),
        )  # fmt: skip


def _is_same(one: ItemMention, other: ItemMention) -> bool:
    """Whether two mentions may be of one item: the path of one ends in that of the other."""
    length = min(len(one.item.tail), len(other.item.tail))
    return one.crate == other.crate and one.item.tail[-length:] == other.item.tail[-length:]


def _said(crate: str, item: ApiItem, state: KeptState, locked: bool) -> str:
    where = (
        f"{crate} {state.label}, which this workspace has" if locked else f"{crate} {state.label}, as it is mirrored"
    )
    marks = [f"is deprecated (“{item.deprecated}”)"] if item.deprecated else []
    marks += [f"needs `{item.gate}`"] if item.gate else []
    signature = item.signature.replace("`", "")
    return f"In {where}, `{item.path}` {' and '.join([f'is `{signature}`', *marks])}"


def _row(request: str) -> IndexRow:
    now = int(datetime.now(UTC).timestamp())
    return IndexRow(0, "", Journal.SEMANTIC, now, "", (), "", "", "", "", "", "", 0, False, request[:LONGEST_REQUEST])
