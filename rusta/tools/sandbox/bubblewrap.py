"""The sandbox that uses bubblewrap (`bwrap`), Flatpak's sandboxing tool."""

import contextlib
import json
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rusta.tools.sandbox import seccomp, tasks
from rusta.tools.sandbox.base import USUAL, Broke, Limits, Ran, SandboxCommand
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.outlets import started
from rusta.tools.sandbox.running import SHARED_MEMORY, Running, program_path, read_output, rlimits
from rusta.tools.sandbox.view import View, view


@dataclass(frozen=True)
class Bubblewrap:
    """`bwrap`: an empty root with the view mounted into it, namespaces of every kind, and the seccomp filter."""

    name: str = "bubblewrap"

    def run(self, command: SandboxCommand, limits: Limits = USUAL) -> Ran:
        """Run to the end, or to the first limit. Raises `Broke` and `BadView`."""
        begun = time.monotonic()
        with self.start(command, limits) as running:
            return read_output(running, command, limits, begun)

    def start(self, command: SandboxCommand, limits: Limits = USUAL) -> Running:
        """Start it with pipes. It dies with the thread that started it. Raises `Broke` and `BadView`."""
        program = program_path(command.argv[0])
        seen = view(command)
        status, status_in = os.pipe()
        gate_out, gate = os.pipe()
        filter_out, filter_in = os.pipe()
        os.write(filter_in, seccomp.program() or b"")
        os.close(filter_in)
        own = ["--json-status-fd", str(status_in), "--block-fd", str(gate_out)]
        own += ["--seccomp", str(filter_out)] if seccomp.program() else []
        theirs = (status_in, gate_out, filter_out)
        try:
            process = started(
                ["bwrap", *mount_arguments(seen), *own, "--", program, *command.argv[1:]],
                seen.env | {"TMPDIR": "/tmp", "HOME": "/tmp"},
                theirs,
            )
        except OSError as error:
            remove(seen.tmp)
            raise Broke(f"bwrap does not start: {error}. Install it: sudo apt install bubblewrap", str(error)) from None
        finally:
            for fd in theirs:
                os.close(fd)
        running = Running(process, seen, status)
        try:
            # The command has not started: it waits for `gate` while limits are set on its first process.
            if said := _line(status):
                running.cgroup = _bind(json.loads(said)["child-pid"], limits)
                os.write(gate, b".")
        except BaseException:
            running.close()
            raise
        finally:
            os.close(gate)
        return running


def mount_arguments(seen: View) -> Iterator[str]:
    """Yield bubblewrap's arguments for a view. Later mounts cover earlier ones."""
    yield from ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox")
    yield from ("--bind", str(seen.tmp), "/tmp", "--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm")
    for path in seen.readable:
        link = path.is_symlink()
        yield from ("--symlink", str(path.readlink()), str(path)) if link else ("--ro-bind", str(path), str(path))
    for copy, path in seen.stand_ins:
        yield from ("--ro-bind", str(copy), str(path))
    for path in seen.hidden:
        if path.is_dir():
            yield from ("--size", "4096", "--tmpfs", str(path))
        else:
            yield from ("--dev-bind", "/dev/null", str(path))  # bound without dev, a device cannot be opened
    for path in map(str, seen.shown):
        yield from ("--ro-bind", path, path)
    for path in map(str, seen.writable):
        yield from ("--bind", path, path)
    for path in seen.hidden:
        if path.is_dir():
            yield from ("--remount-ro", str(path))
    # Mount points that bubblewrap made are on a tmpfs, whose memory is not counted; /proc gives access to the memory of
    # other processes. So all of these become read-only.
    yield from ("--remount-ro", "/dev", "--remount-ro", "/proc", "--remount-ro", "/", "--chdir", str(seen.cwd))


def _line(fd: int) -> bytes:
    """Read up to a newline: bubblewrap writes one JSON object in pieces. b"" if it ended before."""
    line = b""
    while not line.endswith(b"\n") and (piece := os.read(fd, 1)):
        line += piece
    return line


def _bind(pid: int, limits: Limits) -> Path | None:
    """Set rlimits, the out-of-memory score and a task limit on a process that has not begun yet. Return its cgroup."""
    bounds = rlimits(limits)
    for which, most in bounds.items():
        hard = resource.prlimit(pid, which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(pid, which, (most, most))
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    cgroup = tasks.bound(pid, bounds[resource.RLIMIT_NPROC])
    if cgroup is None:
        tasks.bound_in_its_namespace(pid, bounds[resource.RLIMIT_NPROC])
    return cgroup
