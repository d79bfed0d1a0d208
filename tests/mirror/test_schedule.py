"""What runs cycles by itself: units that systemd reads, a line that cron reads, and what else the person has there."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.mirror.cron_line import CronLine
from rusta.mirror.cycle_schedule import CycleSchedule, NoScheduler
from rusta.mirror.schedule import NotScheduled, Rhythm, ScheduledCycle, scheduled_cycle
from rusta.mirror.systemd_timer import SystemdTimer

# Keeps what it is given, as crontab does.
CRONTAB = """#!/bin/sh
case "$1" in
  -l) [ -f "$TABLE" ] || { echo "no crontab for me" >&2; exit 1; }
      [ -f "$TABLE.broken" ] && { echo "cannot stat" >&2; exit 1; }
      cat "$TABLE";;
  -) cat > "$TABLE";;
esac
"""
SYSTEMCTL = (
    '#!/bin/sh\n[ -f "$CALLS.dead" ] && { echo "Failed to connect to bus" >&2; exit 1; }\necho "$*" >> "$CALLS"\n'
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, and a configuration folder of this test's."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("cat", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TABLE", str(tmp_path / "table"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return folder


def has(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def cycle(home: Path, rhythm: Rhythm = Rhythm.weekly, online: bool = False) -> ScheduledCycle:
    return scheduled_cycle(rhythm, home, online)


def test_a_timer_and_a_service_are_written_started_and_taken_away(programs: Path, tmp_path: Path) -> None:
    has(programs, "systemctl", SYSTEMCTL)
    schedule = CycleSchedule()
    assert schedule.state()["rhythm"] == "hand"
    schedule.install(cycle(tmp_path / "home", online=True))
    folder = tmp_path / "config/systemd/user"
    timer, service = ((folder / f"rusta-mirror.{kind}").read_text() for kind in ("timer", "service"))
    assert "OnCalendar=weekly\n" in timer and "Persistent=true" in timer and "WantedBy=timers.target" in timer
    assert f"Environment=RUSTA_HOME={tmp_path}/home\n" in service and " mirror cycle network=online\n" in service
    assert (tmp_path / "calls").read_text().splitlines()[1:] == [
        "--user --no-ask-password daemon-reload", "--user --no-ask-password enable rusta-mirror.timer",
        "--user --no-ask-password restart rusta-mirror.timer",
    ]  # fmt: skip
    name, files = schedule.planned(cycle(tmp_path / "home", online=True))
    assert name == "systemd" and all(one.is_so for one in files)
    assert not all(one.is_so for one in schedule.planned(cycle(tmp_path / "home", Rhythm.daily))[1])
    assert schedule.state() == {"rhythm": "weekly", "scheduler": "systemd", "trouble": ""}
    assert len(schedule.remove()) == 2 and not list(folder.iterdir()) and schedule.remove() == []
    assert "disable --now rusta-mirror.timer" in (tmp_path / "calls").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_reads_back_odd_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / 'a "b" 50% $HOME\\c'
    planned = SystemdTimer().planned(cycle(home))
    for one in planned:
        Path(one.where).parent.mkdir(parents=True, exist_ok=True)
        Path(one.where).write_text(one.text)
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--user", *(one.where for one in planned)], capture_output=True, text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    said = [line for line in ran.stderr.splitlines() if "rusta-mirror" in line]
    assert not said, ran.stderr


def test_units_of_another_are_left_alone(programs: Path, tmp_path: Path) -> None:
    has(programs, "systemctl", SYSTEMCTL)
    theirs = tmp_path / "config/systemd/user/rusta-mirror.timer"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Timer]\nOnCalendar=daily\n")
    for call in (lambda: CycleSchedule().install(cycle(tmp_path)), CycleSchedule().remove):
        with pytest.raises(NotScheduled, match="none that I wrote"):
            call()
    assert (
        theirs.read_text() == "[Timer]\nOnCalendar=daily\n"
        and "none that I wrote" in CycleSchedule().state()["trouble"]
    )


def test_a_line_of_the_crontab_is_put_replaced_and_taken_away_and_no_other_changes(
    programs: Path, tmp_path: Path
) -> None:
    has(programs, "crontab", CRONTAB)
    table = tmp_path / "table"
    theirs = "MAILTO=me\n0 5 * * * backup 100\\% # mine, not rusta"
    table.write_text(theirs)
    schedule, home = CycleSchedule(), tmp_path / "it's 50%"
    schedule.install(cycle(home))
    schedule.install(cycle(home, Rhythm.daily, online=True))
    *before, line = table.read_text().splitlines()
    assert before == theirs.splitlines()
    assert (
        line.split()[1:5] == ["4", "*", "*", "*"]
        and "50\\%" in line
        and line.endswith("# rusta mirror install rhythm=daily")
    )
    assert schedule.state() == {"rhythm": "daily", "scheduler": "cron", "trouble": ""}
    words = shlex.split(line.replace("\\%", "%").partition(" cd / && ")[2], comments=True)
    assert f"RUSTA_HOME={home}" in words and words[-3:] == [">", f"{home}/mirrors/.rusta/cycle.log", "2>&1"]
    assert schedule.planned(cycle(home, Rhythm.daily, online=True))[1][0].is_so
    assert schedule.remove() == ["crontab"] and table.read_text() == f"{theirs}\n" and schedule.remove() == []


def test_a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one(programs: Path, tmp_path: Path) -> None:
    has(programs, "crontab", CRONTAB)
    (tmp_path / "table").write_text("0 5 * * * backup\n")
    (tmp_path / "table.broken").touch()
    with pytest.raises(NotScheduled, match=r"cannot stat\. I change nothing"):
        CronLine().install(cycle(tmp_path))
    assert (tmp_path / "table").read_text() == "0 5 * * * backup\n"


def test_a_schedule_moves_to_systemd_where_it_answers_and_is_not_kept_twice(programs: Path, tmp_path: Path) -> None:
    has(programs, "crontab", CRONTAB)
    has(programs, "systemctl", SYSTEMCTL)
    (tmp_path / "calls.dead").touch()
    CycleSchedule().install(cycle(tmp_path / "home"))
    assert CycleSchedule().state()["scheduler"] == "cron"
    (tmp_path / "calls.dead").unlink()
    CycleSchedule().install(cycle(tmp_path / "home"))
    assert CycleSchedule().state()["scheduler"] == "systemd" and (tmp_path / "table").read_text() == ""


def test_where_there_is_neither_the_command_is_told(programs: Path, tmp_path: Path) -> None:
    with pytest.raises(NoScheduler, match=r"neither a systemd that answers for you nor a crontab.* mirror cycle"):
        CycleSchedule().planned(cycle(tmp_path))
    assert CycleSchedule().remove() == [] and CycleSchedule().state()["scheduler"] == ""
    with pytest.raises(ConfigError, match="control character"):
        cycle(tmp_path / "a\nb")
