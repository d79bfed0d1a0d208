"""Two processes never train in one folder: a second that begins takes another, a second that goes on is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from rusta.registry.run_lock import UnderWay, new_run, same_run

HOLD = """
import sys, time
from pathlib import Path
from rusta.registry.run_lock import new_run
with new_run(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_that_begin_in_the_same_folder_get_one_each(tmp_path: Path) -> None:
    with new_run(tmp_path / "run") as one, new_run(tmp_path / "run") as other, new_run(tmp_path / "run") as third:
        assert [path.name for path in (one, other, third)] == ["run", "run-2", "run-3"]
    with new_run(tmp_path / "run") as again:
        assert again.name == "run"


def test_what_a_killed_process_held_is_free(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    with pytest.raises(UnderWay, match=f"by process {process.pid}"), same_run(tmp_path / "run"):
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    with same_run(tmp_path / "run") as run:
        assert run.name == "run"
