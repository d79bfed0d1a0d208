"""A memory that reads and stores nothing, for guests."""

from dataclasses import dataclass, field

from rusta.memory.recall.habits import HabitSituation
from rusta.memory.recall.recall import RecalledEntry, Trace


@dataclass
class Ephemeral:
    """The memory for `memory=ephemeral`: the interface of `Memory` without any journals."""

    trace: Trace = field(init=False, default=Trace(notes=("memory=ephemeral: I read and write no journals.",)))

    def recall(self, now: HabitSituation) -> list[RecalledEntry]:
        """Return an empty list."""
        return []

    def used(self, path: str, helped: bool) -> None:
        """Do nothing."""

    def write(self, journal: str, title: str, body: str, **meta: object) -> str | None:
        """Write nothing and return None."""
        return None
