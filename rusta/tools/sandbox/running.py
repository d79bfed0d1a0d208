"""A command running in a sandbox: its pipes, its limits, how it is ended."""

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rusta.core.programs import find_program
from rusta.tools.sandbox.base import Broke, Limits, Ran, SandboxCommand, Stopped
from rusta.tools.sandbox.denials import denials
from rusta.tools.sandbox.disk import Growth
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.plain import sanitize
from rusta.tools.sandbox.tasks import release
from rusta.tools.sandbox.tree import below
from rusta.tools.sandbox.view import View

MB = 10**6
TICK, LONGEST, SHARE = 0.05, 0.25, 0.05  # seconds between measurements; the share of time that measuring may take
THREADS = 16  # per process, on average: a build with as many threads as cores stays far below
GRACE = 1.0  # seconds to read the last output, once the command has ended
CHUNK = 1 << 16
SHARED_MEMORY = 64 * 2**20  # bytes of /dev/shm: some tests need a little


class Running:
    """A program in a sandbox, with pipes to it.

    Leaving the `with` block kills it with all descendants and removes its TMPDIR. `status` is a pipe on which the
    sandbox writes `exit-code` once the command has run, or (after `!`) why it could not. `namespaced` is false without
    a sandbox: then there is no init process whose end kills all others. `cgroup` is the one that contains its tasks.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        view: View,
        status: int | None = None,
        namespaced: bool = True,
        cgroup: Path | None = None,
    ) -> None:
        self.process = process
        self.view = view
        self.status = status
        self.namespaced = namespaced
        self.cgroup = cgroup

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Kill it, close its pipes, and remove its cgroup and TMPDIR."""
        self.stop()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self.status is not None:
            os.close(self.status)
        release(self.cgroup)
        remove(self.view.tmp)

    def trouble(self) -> str | None:
        """Return why the sandbox itself failed, once it has ended; None if it ran the command."""
        if self.status is None:
            return None
        os.set_blocking(self.status, False)
        with contextlib.suppress(BlockingIOError):
            said = os.read(self.status, CHUNK)
            return None if b"exit-code" in said and not said.startswith(b"!") else said.decode("utf-8", "replace")
        return ""

    def stop(self) -> None:
        """Kill everything in it. Killing the first process of a pid namespace kills all the others in it."""
        if self.process.poll() is not None and self.namespaced:
            return
        inside = below(self.process.pid, 1 if self.namespaced else 10**6).pids
        if not self.namespaced:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for pid in inside[:1] if self.namespaced else inside:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if inside and self.namespaced:  # the process outside that waits for it then ends by itself
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=GRACE)
        self.process.kill()
        self.process.wait()


def program_path(program: str) -> str:
    """Return a program's path, searched for outside, where missing and hidden can be distinguished. Raises `Broke`."""
    found = find_program(program)
    if found is None:
        raise Broke(
            f"There is no program {program} on the PATH. Install it, or check: command -v {program}", "it is missing"
        )
    # Its folder is resolved, as links may be missing inside. Its name is kept: a rustup proxy depends on it.
    return str(Path(found).parent.resolve() / Path(found).name)


def rlimits(limits: Limits) -> dict[int, int]:
    """Return rlimits per process. They are wider than `limits`, which are measured and reported by name."""
    return {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.disk_mb * MB,
        resource.RLIMIT_DATA: 2 * limits.memory_mb * MB,
        resource.RLIMIT_NPROC: THREADS
        * limits.processes,  # counted in the sandbox's own user namespace; root is exempt
    }


def read_output(running: Running, command: SandboxCommand, limits: Limits, begun: float) -> Ran:
    """Read output to the end or to the first limit, and return the result. Output after a limit is not read."""
    stopped: Stopped | None = None
    growth = Growth((*running.view.writable, running.view.tmp), limits.disk_mb * MB)
    output: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    try:
        stopped = _read(running, command.stdin, limits, growth, output, begun + limits.seconds)
    except KeyboardInterrupt:
        stopped = Stopped.interrupted
    if stopped:
        running.stop()
    code = running.process.wait()
    code = 128 - code if code < 0 else code
    if code == 128 + signal.SIGXFSZ and stopped is None:
        stopped = Stopped.disk
    if stopped is Stopped.disk or growth.over():
        growth.discard()
        stopped = stopped or Stopped.disk
    stdout, stderr = bytes(output["stdout"]), bytes(output["stderr"])
    if stopped is None and (trouble := running.trouble()) is not None:
        said = (trouble or sanitize(stderr[-CHUNK:]).strip() or f"it ended with {code}").removesuffix(".")
        raise Broke(f"The sandbox could not run {command.argv[0]}: {said}. Look at what works here: rusta doctor", said)
    told = denials(stdout, stderr, running.view) if running.namespaced else ()
    return Ran(code, stdout, stderr, time.monotonic() - begun, stopped, told)


def _read(
    running: Running, stdin: bytes, limits: Limits, growth: Growth, output: dict[str, bytearray], until: float
) -> Stopped | None:
    process, left, room = running.process, memoryview(stdin), int(limits.output_mb * MB)
    assert process.stdin and process.stdout and process.stderr
    pipes = {process.stdout.fileno(): "stdout", process.stderr.fileno(): "stderr"}
    inlet, end = process.stdin.fileno(), os.pidfd_open(process.pid)
    ended = False
    try:
        with selectors.DefaultSelector() as ready:
            for fd in (*pipes, end):
                os.set_blocking(fd, False)
                ready.register(fd, selectors.EVENT_READ)
            os.set_blocking(inlet, False)
            ready.register(inlet, selectors.EVENT_WRITE)
            look = time.monotonic() + TICK
            while pipes or not ended:
                now = time.monotonic()
                if now >= until:
                    return None if ended else Stopped.time
                if now >= look and not ended:
                    if why := _too_much(running, limits, growth):
                        return why
                    took = time.monotonic() - now
                    look = now + took + min(LONGEST, max(TICK, took / SHARE))
                for key, _ in ready.select(max(0.0, min(until, look) - now)):
                    if key.fd == end:
                        ended = True
                        until = look = min(until, now + GRACE)
                        ready.unregister(end)
                    elif key.fd == inlet:
                        left = _feed(inlet, left)
                        if not left:
                            ready.unregister(inlet)
                            process.stdin.close()
                    elif chunk := os.read(key.fd, CHUNK):
                        output[pipes[key.fd]] += chunk[:room]
                        room -= len(chunk)
                        if room < 0:
                            return Stopped.output
                    else:
                        ready.unregister(key.fd)
                        del pipes[key.fd]
    finally:
        os.close(end)
    return None


def _feed(inlet: int, left: memoryview) -> memoryview:
    """Write what fits and return the rest; nothing is left if the program has closed its stdin."""
    try:
        return left[os.write(inlet, left[:CHUNK]) :] if left else left
    except BrokenPipeError:
        return left[:0]


def _too_much(running: Running, limits: Limits, growth: Growth) -> Stopped | None:
    tree = below(running.process.pid, limits.processes + 1)
    if len(tree.pids) > limits.processes + 1 or tree.threads > THREADS * limits.processes:
        return Stopped.processes
    most = limits.memory_mb * MB
    if tree.memory > most and tree.memory_apart > most:
        return Stopped.memory
    if growth.full() or (growth.due() and growth.measure() + tree.nameless() > growth.limit):
        return Stopped.disk
    # Disk use that neither walking nor open files show: mapped files, files being moved or passed between processes.
    if growth.lost() > 2 * growth.limit and tree.written > 2 * growth.limit:
        return Stopped.disk
    return None
