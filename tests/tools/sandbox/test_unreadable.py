"""cargo and rustc can be run inside and not read, and the copies go with the process that made them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.tools.sandbox import Sandbox, SandboxCommand
from rusta.tools.sandbox.stand_ins import PREFIX
from rusta.tools.sandbox.unreadable import unreadable
from rusta.tools.sandbox.view import rustup_home

needs_cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo")


@needs_cargo
def test_a_cargo_command_sees_programs_that_it_cannot_read_and_others_see_them_as_they_are(
    sandbox: Sandbox, place: Path
) -> None:
    pairs = unreadable("cargo", os.environ["PATH"], rustup_home())
    assert {original.name for _, original in pairs} == {"cargo", "rustc"}
    assert all(copy.stat().st_mode & 0o777 == 0o111 for copy, _ in pairs)
    assert unreadable("sh", os.environ["PATH"], rustup_home()) == ()
    assert sandbox.run(SandboxCommand(("cargo", "--version"), place)).stdout.startswith(b"cargo ")
    assert sandbox.run(SandboxCommand(("sh", "-c", f"head -c 4 {pairs[0][1]}"), place)).stdout == b"\x7fELF"


@needs_cargo
def test_the_copies_go_with_the_process_and_those_of_a_killed_one_with_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from rusta.tools.sandbox.unreadable import unreadable\n"
        "from rusta.tools.sandbox.view import rustup_home\n"
        "print(unreadable('cargo', os.environ['PATH'], rustup_home())[0][0], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL) if sys.argv[1] == 'killed' else None"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    (tmp_path / f"{PREFIX}999999999-link").symlink_to(tmp_path.parent)
    left = {}
    for how in ("killed", "ended"):
        subprocess.run([sys.executable, "-c", code, how], env=env, check=False, capture_output=True)
        left[how] = [path for path in tmp_path.iterdir() if not path.is_symlink()]
    assert len(left["killed"]) == 1 and left["ended"] == []
    assert tmp_path.parent.exists() and len(list(tmp_path.iterdir())) == 1  # a link is no folder of hers
