"""Semantic search: cosine similarity of the index's active entries to a text; the vectors come from `vectors`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rusta.memory.index.index import Index
from rusta.memory.index.vectors import VectorStore

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Near:
    """Cosine similarities of entries to one text. An entry whose vector is not computed yet has none."""

    ids: Sequence[int] = ()
    places: dict[int, int] = field(default_factory=dict)
    cosines: "np.ndarray | Sequence[float]" = ()  # (N,)

    def best(self, most: int) -> list[int]:
        """Return the ids of the `most` closest entries, closest first."""
        import numpy as np

        return [self.ids[n] for n in np.argsort(-np.asarray(self.cosines))[:most]] if self.ids else []

    def of(self, id: int) -> float | None:
        """Return the cosine of one entry, or None."""
        place = self.places.get(id)
        return None if place is None else float(self.cosines[place])


NOWHERE = Near()
"""The result where semantic search is off or finds no vectors."""


class MeaningIndex:
    """The vectors of an index's active entries. Missing ones are computed during a query, within a time limit."""

    def __init__(self, index: Index, store: VectorStore) -> None:
        self.index, self.store = index, store
        self._known: tuple[object, list[int], dict[int, int], np.ndarray] | None = None

    def near(self, text: str, patience_s: float = math.inf) -> Near:
        """Return the cosine of each entry to a text. `patience_s` limits the time for computing missing vectors."""
        version = self.index.version()
        if self._known is None or self._known[0] != version:
            entries = self.index.active()
            which, vectors = self.store.of([said for _, said in entries], patience_s)
            ids = [entries[n][0] for n in which]
            whole = len(ids) == len(entries)
            self._known = (version if whole else None, ids, {id: n for n, id in enumerate(ids)}, vectors)
        _, ids, places, vectors = self._known
        if not ids or not text.strip():
            return NOWHERE
        return Near(ids, places, vectors @ self.store.model.embed([text])[0])
