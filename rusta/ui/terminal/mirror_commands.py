"""Commands of `rusta mirror` that show what they would write, and ask: the schedule of cycles, and notes as skills."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta import __version__
from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import aside
from rusta.loop.gates.permissions import Approve
from rusta.ui.terminal import schedule_report
from rusta.ui.terminal.standard_input import is_confirmed, is_terminal

if TYPE_CHECKING:
    from rusta.memory.recall.recall import Memory
    from rusta.mirror.skill_text import LicenceOf

CommandResult = tuple[dict[str, Any], str]


@dataclass(frozen=True)
class MirrorCommands:
    """Each returns its facts, and its text. What is not approved is shown and not written."""

    home: Home
    network: Network
    approve: Approve | None

    def is_approved(self, question: str) -> bool:
        """Return whether it is approved in advance, or a person says yes."""
        return self.approve == Approve.all or (self.approve != Approve.none and is_confirmed(question))

    def install_schedule(self, said: str, settings: tuple[str, ...]) -> CommandResult:
        """Have cycles run by themselves: `said` is how often, `settings` are further words of the command."""
        from rusta.mirror.cycle_schedule import CycleSchedule
        from rusta.mirror.schedule import Rhythm, scheduled_cycle

        if said not in list(Rhythm):
            raise ConfigError(f"rhythm={said}: there are {', '.join(Rhythm)}.")
        schedule = CycleSchedule()
        facts: dict[str, Any] = {
            "rhythm": said,
            "online": self.network.online,
            "now": schedule.state(),
            "written": False,
        }
        if said == Rhythm.hand:
            return facts, schedule_report.schedule_report(facts)
        cycle = scheduled_cycle(Rhythm(said), Path(self.home.root), self.network.online, settings)
        name, files = schedule.planned(cycle)
        facts |= {"scheduler": name, "command": cycle.command, "is_so": all(one.is_so for one in files)}
        facts["files"] = [{**asdict(one), "is_so": one.is_so} for one in files]
        if not facts["is_so"]:
            self._shown_before(schedule_report.planned_schedule(facts))
            if self.is_approved("Write it, and have it run?"):
                schedule.install(cycle)
                facts["written"] = True
        return facts, schedule_report.schedule_report(facts)

    def remove_schedule(self) -> CommandResult:
        """Take away what runs cycles."""
        from rusta.mirror.cycle_schedule import CycleSchedule
        from rusta.mirror.schedule import NotScheduled

        schedule = CycleSchedule()
        now = schedule.state()
        facts: dict[str, Any] = {"now": now, "removed": []}
        if now["scheduler"]:
            self._shown_before(schedule_report.schedule_line(now))
            if not self.is_approved("Take it away?"):
                raise NotScheduled("What runs cycles stays. If it is meant: rusta mirror install remove approve=all")
            facts["removed"] = schedule.remove()
        return facts, schedule_report.schedule_removed(facts)

    def export_skills(self, memory: "Memory", licence: "LicenceOf", said: str) -> CommandResult:
        """Write the notes of mirrors as skills into a folder (`said` is "": one below the home)."""
        from rusta.mirror.mirrors import NoMirror
        from rusta.mirror.skill_files import write_skills
        from rusta.mirror.skill_text import crate_skills, notes_of_mirrors

        skills = crate_skills(notes_of_mirrors(memory), licence, f"rusta {__version__}")
        if not skills:
            raise NoMirror(
                "No note of a mirror is in the journals yet, so there is nothing to export. They come by: rusta mirror-update"
            )
        folder = Path(said).expanduser().absolute() if said else self.home.exports / "skills"
        done = write_skills(folder, skills, self._may_replace)
        told = [{"name": one.name, "crate": one.crate, "notes": one.notes, "left_out": one.left_out} for one in skills]
        facts = {"folder": str(folder), "skills": told, **asdict(done), "trouble": done.kept}
        return facts, schedule_report.skill_report(facts)

    def _may_replace(self, file: Path) -> bool:
        return self.is_approved(f"{file} is none that I wrote, or was edited since. Replace it?")

    def _shown_before(self, text: str) -> None:
        """Show what a question is about, where one is asked."""
        if self.approve not in (Approve.all, Approve.none) and is_terminal():
            aside(text)
