"""How many tasks the kernel lets a sandbox have, whatever is looked at from outside: nobody watches in these tests."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.tools.sandbox import Limits, Sandbox, SandboxCommand

pytestmark = pytest.mark.skipif(shutil.which("perl") is None, reason="there is no perl to fork with")
LIMITS = Limits(processes=30)
MOST = 16 * LIMITS.processes  # tasks, sixteen for each process
FORK = """
    for (1..1500) { my $pid = fork; last unless defined $pid; if (!$pid) { sleep 60; exit } $made++ }
    $| = 1; print "$made\\n"; sleep 60
"""


def made(sandbox: Sandbox, place: Path) -> int:
    """The children that one process can have at a time."""
    with sandbox.start(SandboxCommand(("perl", "-e", FORK), place), LIMITS) as running:
        assert running.process.stdout
        said = b""
        while not said.endswith(b"\n") and (piece := running.process.stdout.read(64)):
            said += piece
        return int(said)


def pid_max() -> str:
    return Path("/proc/sys/kernel/pid_max").read_text()


def cgroups() -> list[Path]:
    """Those that a sandbox of this process has left."""
    found: list[Path] = []
    for root, folders, _ in os.walk("/sys/fs/cgroup"):
        found += [Path(root, name) for name in folders if name.startswith(f"rusta-sandbox-{os.getpid()}-")]
    return found


def test_no_more_tasks_than_are_allowed_though_it_be_root(sandbox: Sandbox, place: Path) -> None:
    machines = pid_max()
    assert made(sandbox, place) <= MOST
    assert (pid_max(), cgroups()) == (machines, [])


def test_without_a_cgroup_the_pid_namespace_holds(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = pytest.importorskip("rusta.tools.sandbox.tasks")
    if os.getuid() or not tasks.has_own_pid_max():
        pytest.skip("needs root, and Linux 6.14")
    machines = pid_max()
    monkeypatch.setattr(tasks, "_above", lambda: None)
    assert made(sandbox, place) <= MOST
    assert pid_max() == machines


def test_on_an_older_kernel_a_cgroup_holds_and_the_machines_pid_max_is_left_alone(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = pytest.importorskip("rusta.tools.sandbox.tasks")
    if os.getuid() or tasks._above() is None:
        pytest.skip("needs root, and a cgroup with pids.max")
    monkeypatch.setattr(tasks, "has_own_pid_max", lambda: False)
    machines = pid_max()
    assert made(sandbox, place) <= MOST
    assert (pid_max(), cgroups()) == (machines, [])


@pytest.mark.parametrize(("release", "own"), [("6.18.44-fc", True), ("6.14-rc1", True), ("7.0.0", True),
                                              ("6.13.9", False), ("6.8.0-45-generic", False), ("5.15.0", False)])  # fmt: skip
def test_pid_max_is_a_namespaces_own_since_linux_6_14(release: str, own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = pytest.importorskip("rusta.tools.sandbox.tasks")
    monkeypatch.setattr(os, "uname", lambda: type("U", (), {"release": release}))
    assert tasks.has_own_pid_max() is own


def test_a_cgroup_of_a_process_that_was_killed_goes_with_the_next(place: Path) -> None:
    tasks = pytest.importorskip("rusta.tools.sandbox.tasks")
    above = tasks._above() if os.getuid() == 0 else None
    if above is None:
        pytest.skip("needs root, and a cgroup with pids.max")
    left = above / f"rusta-sandbox-{2**22 + 1}-x"
    left.mkdir()
    try:
        tasks._above.cache_clear()
        assert tasks._above() == above
        assert not left.exists()
    finally:
        with contextlib.suppress(OSError):
            left.rmdir()
    bound = tasks.bound((other := subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)).pid, 99)
    other.communicate(b"\n")
    tasks.release(bound)
    assert bound is not None and not bound.exists()
