"""A memory for guests: it reads nothing and keeps nothing."""

from dataclasses import dataclass, field

from rusta.memory.recall.habits import HabitSituation
from rusta.memory.recall.recall import RecalledEntry, Trace


@dataclass
class Ephemeral:
    """`memory=ephemeral`: the shape of `Memory`, with nobody at home."""

    trace: Trace = field(init=False, default=Trace(notes=("memory=ephemeral: I read and write no journals.",)))

    def recall(self, now: HabitSituation) -> list[RecalledEntry]:
        """Nothing."""
        return []

    def used(self, path: str, helped: bool) -> None:
        """Counts nothing."""

    def write(self, journal: str, title: str, body: str, **meta: object) -> str | None:
        """Writes nothing, and says so by returning None."""
        return None
