"""The disk limit: what passed it once, what is left afterwards, and what honest builds may do."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rusta.tools.sandbox import Limits, Ran, Sandbox, SandboxCommand, Stopped
from rusta.tools.sandbox.disk import Growth

DEEPEST = 256  # as in rusta.tools.sandbox.folders

MB = 10**6
LIMITS = Limits(seconds=20, disk_mb=20)
DEEP = """
    $long = "d" x 200; chdir "target" or die; for (1..25) { mkdir $long; chdir $long or die }
    for (1..12) { open F, ">", $_; print F "x" x 8000000; close F; select undef, undef, undef, 0.05 }
    print "filled"
"""
PREALLOCATE = """
    open F, ">", "target/x"; $space = pack("s s x4 q q l L l4", 0, 0, 0, 10000000, 0, 0, 0, 0, 0, 0);
    print ioctl(F, hex $ARGV[0], $space) ? "allocated" : "refused"
"""
needs_perl = pytest.mark.skipif(shutil.which("perl") is None, reason="there is no perl")


def run(sandbox: Sandbox, place: Path, *argv: str, limits: Limits = LIMITS) -> Ran:
    return sandbox.run(SandboxCommand(argv, place, (place / "target",)), limits)


def used(folder: Path) -> int:
    """Bytes on disk, as another program counts them: at any depth."""
    return int(subprocess.run(["du", "-sB1", str(folder)], capture_output=True, check=True).stdout.split()[0])


@contextmanager
def taken_away(folder: Path) -> Iterator[None]:
    """Whatever comes of it: a folder this deep is more than pytest can clear away."""
    try:
        yield
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=False)
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@contextmanager
def ordinary(folder: Path) -> Iterator[None]:
    """As a user who may not list everything. For root, `folder` becomes theirs, and what is above it can be entered."""
    if os.getuid():
        yield
        return
    for above in folder.parents[: len(folder.parents) - 2]:
        above.chmod(above.stat().st_mode | 0o011)
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@needs_perl
def test_a_folder_deeper_than_a_path_counts_and_goes(sandbox: Sandbox, place: Path) -> None:
    with taken_away(place / "target"):
        ran = run(sandbox, place, "perl", "-e", DEEP)
        assert (ran.stopped, ran.stdout, used(place / "target") < MB) == (Stopped.disk, b"", True)


def test_a_folder_that_can_be_written_to_and_not_listed_counts_and_goes(sandbox: Sandbox, place: Path) -> None:
    script = "cd target; mkdir s; chmod 0300 s; for n in 1 2 3 4 5 6 7 8; do head -c 9000000 /dev/zero > s/$n; sleep 0.1; done"
    with taken_away(place / "target"):
        ran = run(sandbox, place, "sh", "-c", script)
        assert (ran.stopped, list((place / "target").iterdir())) == (Stopped.disk, [])


@pytest.mark.skipif(shutil.which("fallocate") is None, reason="there is no fallocate")
def test_forty_quick_allocations_take_no_more_than_is_allowed(sandbox: Sandbox, place: Path) -> None:
    script = "cd target; for n in $(seq 40); do fallocate -l 18M $n && echo 18; done; exit 0"
    ran = run(sandbox, place, "sh", "-c", script)
    assert sum(map(int, ran.stdout.split())) <= 2 * LIMITS.disk_mb
    assert used(place / "target") < MB


@needs_perl
@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"), reason="no filter")
@pytest.mark.parametrize("request_", ["40305828", "4030582a", "40305839"])
def test_the_same_allocation_by_its_other_name_is_refused(sandbox: Sandbox, place: Path, request_: str) -> None:
    assert run(sandbox, place, "perl", "-e", PREALLOCATE, request_).stdout == b"refused"


@pytest.mark.skipif(shutil.which("fallocate") is None, reason="there is no fallocate")
def test_a_linker_that_asks_libc_for_room_gets_it(sandbox: Sandbox, place: Path) -> None:
    ran = run(sandbox, place, "sh", "-c", "fallocate -x -l 3M target/program && stat -c %s target/program")
    assert (ran.ok, ran.stdout) == (True, b"3145728\n")


def test_a_command_that_is_done_before_anybody_looks_is_measured_all_the_same(sandbox: Sandbox, place: Path) -> None:
    script = "head -c 16000000 /dev/zero > target/a; head -c 16000000 /dev/zero > target/b"
    ran = run(sandbox, place, "sh", "-c", script)
    assert ran.stopped is Stopped.disk
    assert used(place / "target") < MB


def test_what_was_there_before_an_overlong_command_stays(sandbox: Sandbox, place: Path) -> None:
    (place / "target" / "debug").mkdir(parents=True)
    (place / "target" / "debug" / "kept").write_text("kept")
    (place / "kept").write_text("kept")
    time.sleep(0.05)  # a time of change is a tick of the kernel's
    script = (
        "cd target; ln -s .. out; mkdir -p new/er debug/er; while :; do head -c 9000000 /dev/zero > $((n += 1)); done"
    )
    ran = run(sandbox, place, "sh", "-c", script)
    assert ran.stopped is Stopped.disk
    assert [path.name for path in (place / "target").rglob("*")] == ["debug", "kept"]
    assert (place / "kept").exists()


def test_what_a_command_adds_within_its_limit_stays(sandbox: Sandbox, place: Path) -> None:
    ran = run(sandbox, place, "sh", "-c", "head -c 9000000 /dev/zero > target/a; mkdir target/b; exit 3")
    assert (ran.stopped, ran.code) == (None, 3)
    assert (place / "target" / "a").stat().st_size == 9 * MB


@needs_perl
def test_more_levels_than_any_build_needs_count_as_more_than_is_allowed(place: Path) -> None:
    growth = Growth([place], 10 * MB)
    with taken_away(place):
        dig = f"chdir '{place}'; for (1..{DEEPEST + 2}) {{ mkdir 'd'; chdir 'd' or die }} open F, '>', 'f'; print F 'x'"
        subprocess.run(["perl", "-e", dig], check=True)
        assert growth.measure() <= 10 * MB and growth.measure() > 10 * MB
        growth.discard()
        assert not list(place.iterdir())


@pytest.mark.parametrize("mode", [0o300, 0o400, 0o000])
def test_a_folder_that_cannot_be_listed_may_hold_anything(place: Path, mode: int) -> None:
    with ordinary(place):
        growth = Growth([place], MB)
        hidden = place / "hidden"
        hidden.mkdir()
        (hidden / "file").write_bytes(b"x" * 3 * MB)
        hidden.chmod(mode)
        measured = [growth.measure(), growth.measure()]
        hidden.chmod(0o700)  # or pytest cannot clear it away
        assert measured[-1] > MB


def test_a_test_may_shut_a_folder_for_a_moment(place: Path) -> None:
    with ordinary(place):
        growth = Growth([place], MB)
        (place / "shut").mkdir(mode=0)
        assert growth.measure() < MB and growth.due()
        (place / "shut").chmod(0o700)
        assert growth.measure() < MB and not growth.due()


def test_a_folder_that_was_shut_before_is_opened_to_see_what_comes_into_it(place: Path) -> None:
    with ordinary(place):
        shut = place / "shut"
        (shut / "inner").mkdir(parents=True)
        shut.chmod(0o300)
        time.sleep(0.05)
        growth = Growth([place], MB)
        (shut / "inner" / "file").write_bytes(b"x" * 3 * MB)
        measured = growth.measure()
        shut.chmod(0o700)
        assert measured > MB


def test_a_walk_that_took_long_is_not_waited_for_where_the_disk_shrinks_by_all_that_is_allowed() -> None:
    quiet = Path("/dev/shm")
    if not os.access(quiet, os.W_OK):
        pytest.skip("needs a file system that nobody else writes to")
    growth = Growth([quiet], MB)
    growth.last = growth.next = time.monotonic() + 100
    filler = quiet / f"rusta-test-{os.getpid()}"
    assert not growth.due()
    try:
        filler.write_bytes(b"x" * 3 * MB)
        assert growth.due()
    finally:
        filler.unlink()
