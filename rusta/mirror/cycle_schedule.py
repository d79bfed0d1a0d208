"""The schedule of cycles on this machine, whichever scheduler keeps it: as it is, as it would be, written, and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

from rusta.core.errors import RustaError
from rusta.mirror.cron_line import CronLine
from rusta.mirror.schedule import CycleScheduler, NotScheduled, PlannedFile, Rhythm, ScheduledCycle
from rusta.mirror.systemd_timer import SystemdTimer


class NoScheduler(RustaError):
    """This machine has neither a systemd for its user nor a crontab."""


@dataclass(frozen=True)
class CycleSchedule:
    """`schedulers` are those that are known, the preferred one first."""

    schedulers: Sequence[CycleScheduler] = (SystemdTimer(), CronLine())

    def state(self) -> dict[str, str]:
        """Return which scheduler runs cycles, and how often; by hand with no scheduler. What cannot be read is told as trouble."""
        for one in self.schedulers:
            try:
                if rhythm := one.rhythm():
                    return {"rhythm": rhythm, "scheduler": one.name, "trouble": ""}
            except NotScheduled as refusal:
                return {"rhythm": "", "scheduler": one.name, "trouble": str(refusal)}
        return {"rhythm": Rhythm.hand.value, "scheduler": "", "trouble": ""}

    def chosen(self, cycle: ScheduledCycle) -> CycleScheduler:
        """Return the scheduler of this machine. Raises `NoScheduler`, which tells the command to run instead."""
        for one in self.schedulers:
            if one.works():
                return one
        raise NoScheduler(
            "This machine has neither a systemd that answers for you nor a crontab, so nothing can run a cycle by itself. "
            f"By hand, or in whatever starts programs here: {cycle.command}"
        )

    def planned(self, cycle: ScheduledCycle) -> tuple[str, list[PlannedFile]]:
        """Return the scheduler's name, and what it would be given."""
        scheduler = self.chosen(cycle)
        return scheduler.name, scheduler.planned(cycle)

    def install(self, cycle: ScheduledCycle) -> None:
        """Write the schedule, and take away what an earlier call gave to another scheduler."""
        scheduler = self.chosen(cycle)
        scheduler.install(cycle)
        for other in self.schedulers:
            if other.name != scheduler.name and other.rhythm():
                other.remove()

    def remove(self) -> list[str]:
        """Take the schedule away; return where it was, nothing where there was none."""
        return [where for one in self.schedulers for where in one.remove()]
