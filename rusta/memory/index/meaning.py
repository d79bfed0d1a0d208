"""How close the entries that hold are in meaning to what is asked. Kept up with the index; the vectors are `vectors`'."""

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
    """Cosines to one text. An entry whose vector is not made yet has none."""

    ids: Sequence[int] = ()
    places: dict[int, int] = field(default_factory=dict)
    cosines: "np.ndarray | Sequence[float]" = ()  # (N,)

    def best(self, most: int) -> list[int]:
        """The closest entries, the closest first."""
        import numpy as np

        return [self.ids[n] for n in np.argsort(-np.asarray(self.cosines))[:most]] if self.ids else []

    def of(self, id: int) -> float | None:
        """How close an entry is."""
        place = self.places.get(id)
        return None if place is None else float(self.cosines[place])


NOWHERE = Near()
"""Where meaning is not searched."""


class MeaningIndex:
    """The vectors of the active entries of an index. New ones are made while somebody asks, for a while."""

    def __init__(self, index: Index, store: VectorStore) -> None:
        self.index, self.store = index, store
        self._known: tuple[object, list[int], dict[int, int], np.ndarray] | None = None

    def near(self, text: str, patience_s: float = math.inf) -> Near:
        """How close each is to a text. `patience_s`: new vectors are made for so long, the others the next time."""
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
