"""When a cycle of the mirrors runs by itself: what would be written for it, and which of the two schedulers of a machine does.

By hand is the default. Otherwise a systemd user timer, or a line in the person's crontab where there is no systemd for users. Not
covered: launchd and the scheduler of Windows; for them the command is told.
"""

import hashlib
import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from rusta.core.errors import ConfigError, RustaError
from rusta.core.programs import find_program
from rusta.core.regular_file import read_file

MARK = "# Written by `rusta mirror install`. Away with it: rusta mirror install remove"
LARGEST_UNIT = 1 << 16  # bytes
NEEDED = ("cargo", "git", "rustup", "bwrap")  # programs of which a cycle runs some
PLAIN_FOLDERS = ("/usr/local/bin", "/usr/bin", "/bin")
KEPT_VARIABLES = ("RUSTA_HOME", "CARGO_HOME", "RUSTUP_HOME")
UNIT = "rusta-mirror"


class Rhythm(StrEnum):
    """How often a cycle runs."""

    hand = "hand"
    daily = "daily"
    weekly = "weekly"


class NotScheduled(RustaError):
    """What runs cycles could not be written, read or taken away."""


@dataclass(frozen=True)
class ScheduledCycle:
    """What is run, and how often. The environment is that of the installation, since a scheduler has hardly any."""

    rhythm: Rhythm
    words: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path  # where cron puts what the last cycle printed; systemd has a journal

    @property
    def command(self) -> str:
        """It as a shell reads it."""
        said = [f"{key}={shlex.quote(value)}" for key, value in self.environment.items()]
        return " ".join([*said, shlex.join(self.words)])

    @property
    def minute(self) -> int:
        """A minute of the hour, another one for each home: upstreams need not be asked by all at once."""
        return hashlib.sha256(self.environment.get("RUSTA_HOME", "").encode()).digest()[0] % 60


def scheduled_cycle(rhythm: Rhythm, home: Path, online: bool, settings: tuple[str, ...] = ()) -> ScheduledCycle:
    """Return the cycle that this installation would run. Raises `ConfigError` for a path that no scheduler can hold."""
    program = Path(sys.executable).with_name("rusta")
    start = (str(program),) if program.is_file() else (sys.executable, "-m", "rusta")
    words = (*start, "mirror", "cycle", *(["network=online"] if online else []), *settings)
    environment = {"RUSTA_HOME": str(home), "PATH": _path()}
    environment |= {key: os.environ[key] for key in KEPT_VARIABLES if os.environ.get(key) and key not in environment}
    for said in (*words, *environment.values()):
        if re.search(r"[\x00-\x1f\x7f]", said):
            raise ConfigError(f"{said!r} holds a control character, so no scheduler can be told of it.")
    return ScheduledCycle(rhythm, words, environment, home / "mirrors" / ".rusta" / "cycle.log")


def _path() -> str:
    """The folders of the programs that a cycle needs, and the usual ones."""
    found = (find_program(name) for name in NEEDED)
    return os.pathsep.join(dict.fromkeys([*(str(Path(one).parent) for one in found if one), *PLAIN_FOLDERS]))


@dataclass(frozen=True)
class PlannedFile:
    """A file that would be written, or a crontab with a line of ours; what is there now, None for nothing."""

    where: str
    text: str
    there: str | None

    @property
    def is_so(self) -> bool:
        """Whether it is there as it would be written."""
        return self.there == self.text


class CycleScheduler(Protocol):
    """One of the schedulers of a machine. Each method may raise `NotScheduled`."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def works(self) -> bool:
        """Whether it is on this machine, and answers."""
        ...

    def rhythm(self) -> str:
        """How often it runs a cycle now; "" where it does not."""
        ...

    def planned(self, cycle: ScheduledCycle) -> list[PlannedFile]:
        """What would be written."""
        ...

    def install(self, cycle: ScheduledCycle) -> None:
        """Write it, in place of what an earlier call wrote, and have it run from now on."""
        ...

    def remove(self) -> list[str]:
        """Take away what was written; return where that was."""
        ...


def own_text(file: Path) -> str | None:
    """Return the text of a file that `install` wrote; None where there is none. Raises `NotScheduled` for another's."""
    try:
        text = read_file(file, LARGEST_UNIT).decode()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise NotScheduled(f"{file} is none that I wrote ({error}). Move it away, and say it again.") from None
    if not text.startswith(MARK):
        raise NotScheduled(f"{file} is there, and none that I wrote. Move it away, and say it again.")
    return text
