"""Cycles by a systemd user timer: two unit files, and `systemctl --user`. Sources: systemd.service(5), systemd.timer(5)."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rusta.core.home import write_atomically
from rusta.core.programs import find_program
from rusta.mirror.schedule import MARK, UNIT, NotScheduled, PlannedFile, ScheduledCycle, own_text

SECONDS = 30.0  # for systemctl to answer


@dataclass(frozen=True)
class SystemdTimer:
    """The units in the person's folder."""

    name: str = "systemd"

    @property
    def folder(self) -> Path:
        """Where the units of this user lie."""
        said = os.environ.get("XDG_CONFIG_HOME") or ""
        return Path(said if Path(said).is_absolute() else Path.home() / ".config") / "systemd" / "user"

    def works(self) -> bool:
        """Whether a systemd for this user answers."""
        return find_program("systemctl") is not None and _systemctl("show", "--property=Version").returncode == 0

    def rhythm(self) -> str:
        """How often the timer runs; "" without one of ours."""
        text = own_text(self._file("timer"))
        found = re.search(r"^OnCalendar=(\w+)$", text, re.MULTILINE) if text else None
        return found[1] if found else ""

    def planned(self, cycle: ScheduledCycle) -> list[PlannedFile]:
        """The service and the timer."""
        texts = {"service": _service(cycle), "timer": _timer(cycle)}
        return [PlannedFile(str(self._file(kind)), text, own_text(self._file(kind))) for kind, text in texts.items()]

    def install(self, cycle: ScheduledCycle) -> None:
        """Write both, and start the timer."""
        for one in self.planned(cycle):
            write_atomically(Path(one.where), one.text)
        self._said("daemon-reload")
        self._said("enable", f"{UNIT}.timer")
        self._said("restart", f"{UNIT}.timer")

    def remove(self) -> list[str]:
        """Stop the timer, and delete both."""
        there = [file for kind in ("timer", "service") if own_text(file := self._file(kind)) is not None]
        if there and self.works():
            self._said("disable", "--now", f"{UNIT}.timer")
        for file in there:
            file.unlink()
        if there and self.works():
            self._said("daemon-reload")
        return [str(file) for file in there]

    def _file(self, kind: str) -> Path:
        return self.folder / f"{UNIT}.{kind}"

    def _said(self, *words: str) -> None:
        ran = _systemctl(*words)
        if ran.returncode:
            raise NotScheduled(
                f"systemctl --user {' '.join(words)} failed: {ran.stderr.strip() or f'status {ran.returncode}'}. "
                f"The units are in {self.folder}; try it yourself, or take them away: rusta mirror install remove"
            )


def _systemctl(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [find_program("systemctl") or "systemctl", "--user", "--no-ask-password", *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _service(cycle: ScheduledCycle) -> str:
    environment = "".join(f"Environment={_quoted(f'{key}={value}')}\n" for key, value in cycle.environment.items())
    words = " ".join(_quoted(word).replace("$", "$$") for word in cycle.words)
    return (
        f"{MARK}\n[Unit]\nDescription=Rusta: what changed in the repositories that she mirrors\n\n"
        f"[Service]\nType=oneshot\nWorkingDirectory=%h\n{environment}ExecStart={words}\nNice=19\nIOSchedulingClass=idle\n"
    )


def _timer(cycle: ScheduledCycle) -> str:
    return (
        f"{MARK}\n[Unit]\nDescription=Rusta: what changed in the repositories that she mirrors, {cycle.rhythm}\n\n"
        f"[Timer]\nOnCalendar={cycle.rhythm}\nRandomizedDelaySec=1h\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )


def _quoted(word: str) -> str:
    """A word as systemd reads it back: quoted where it has to be, specifiers doubled."""
    word = word.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
