"""Cycles by a line in the person's crontab, found again by the comment at its end. Source: crontab(5)."""

import re
import shlex
import subprocess
from dataclasses import dataclass

from rusta.core.programs import find_program
from rusta.mirror.schedule import NotScheduled, PlannedFile, Rhythm, ScheduledCycle

SECONDS = 30.0  # for crontab to answer
OURS = re.compile(r"^.*# rusta mirror install rhythm=(\w+)$\n?", re.MULTILINE)
NO_CRONTAB = re.compile(r"no crontab for|No such file or directory", re.I)
AT_HOUR = 4  # of the day, local time
WHERE = "crontab"


@dataclass(frozen=True)
class CronLine:
    """The line of this user."""

    name: str = "cron"

    def works(self) -> bool:
        """Whether there is a crontab program; whether its daemon runs is not known."""
        return find_program("crontab") is not None

    def rhythm(self) -> str:
        """How often the line runs; "" without one."""
        found = OURS.search(_crontab()) if self.works() else None
        return found[1] if found else ""

    def planned(self, cycle: ScheduledCycle) -> list[PlannedFile]:
        """The line."""
        found = OURS.search(_crontab())
        return [PlannedFile(WHERE, _line(cycle), found[0] if found else None)]

    def install(self, cycle: ScheduledCycle) -> None:
        """Put the line where ours is, else behind the others, which stay as they are."""
        cycle.log.parent.mkdir(parents=True, exist_ok=True)
        before = OURS.sub("", _crontab())
        _replace(f"{before}{'' if not before or before.endswith(chr(10)) else chr(10)}{_line(cycle)}")

    def remove(self) -> list[str]:
        """Take the line away."""
        if not self.works() or not OURS.search(before := _crontab()):
            return []
        _replace(OURS.sub("", before))
        return [WHERE]


def _line(cycle: ScheduledCycle) -> str:
    """The line; in it cron takes a percent sign for an end of line unless it is escaped."""
    day = "*" if cycle.rhythm is Rhythm.daily else "1"
    command = f"cd / && {cycle.command} > {shlex.quote(str(cycle.log))} 2>&1".replace("%", r"\%")
    return f"{cycle.minute} {AT_HOUR} * * {day} {command} # rusta mirror install rhythm={cycle.rhythm}\n"


def _crontab() -> str:
    """The person's crontab. One that cannot be read is not taken for an empty one."""
    ran = _cron("-l")
    if ran.returncode and not NO_CRONTAB.search(ran.stderr):
        raise NotScheduled(f"crontab -l failed: {ran.stderr.strip() or f'status {ran.returncode}'}. I change nothing.")
    return ran.stdout if not ran.returncode else ""


def _replace(text: str) -> None:
    ran = _cron("-", stdin=text)
    if ran.returncode:
        raise NotScheduled(
            f"crontab took no line: {ran.stderr.strip() or f'status {ran.returncode}'}. Nothing changed."
        )


def _cron(word: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            [find_program("crontab") or "crontab", word], input=stdin, capture_output=True, text=True, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotScheduled(f"crontab {word} failed: {error}. Nothing changed.") from None
