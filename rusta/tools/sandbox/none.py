"""No sandbox: the command runs with everything its person may do, and is stopped by the clock and by its output alone."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rusta.tools.sandbox.base import Command, Limits, Ran, Stopped

# What a build needs of the environment. Keys and tokens are in none of these.
ALLOWED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN")


@dataclass
class Unconfined:
    """Chosen with `sandbox=none` only. Not covered: files, network, memory, disk, processes."""

    name: str = "none"

    def run(self, command: Command, limits: Limits = Limits()) -> Ran:  # noqa: B008  frozen
        """Run it in a process group of its own, which is killed at the limit and at the end."""
        began = time.monotonic()
        with self.start(command, limits) as running:
            child = running.process
            kept: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
            why: list[Stopped] = []

            def stop(reason: Stopped) -> None:
                why.append(reason)
                os.killpg(child.pid, signal.SIGKILL)

            def read(name: str) -> None:
                pipe = getattr(child, name)
                while chunk := os.read(pipe.fileno(), 1 << 16):
                    kept[name] += chunk
                    if len(kept[name]) > limits.output_mb * 1e6 and not why:
                        stop(Stopped.output)
                    del kept[name][int(limits.output_mb * 1e6) :]

            def write() -> None:
                assert child.stdin is not None
                try:
                    child.stdin.write(command.stdin)
                    child.stdin.close()
                except BrokenPipeError:
                    pass

            threads = [threading.Thread(target=read, args=(name,)) for name in kept]
            threads.append(threading.Thread(target=write))
            for thread in threads:
                thread.start()
            try:
                child.wait(limits.seconds)
            except subprocess.TimeoutExpired:
                stop(Stopped.time)
                child.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
        return Ran(
            child.returncode, bytes(kept["stdout"]), bytes(kept["stderr"]), time.monotonic() - began,
            why[0] if why else None,
        )  # fmt: skip

    def start(self, command: Command, limits: Limits = Limits()) -> "Running":  # noqa: B008  frozen
        """Start it with pipes."""
        env = {key: os.environ[key] for key in ALLOWED if key in os.environ}
        tmp = tempfile.TemporaryDirectory()
        process = subprocess.Popen(
            command.argv, cwd=command.cwd, env=env | {"TMPDIR": tmp.name} | dict(command.env), start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return Running(process, tmp)


class Running:
    """A program that was started."""

    def __init__(self, process: "subprocess.Popen[bytes]", tmp: "tempfile.TemporaryDirectory[str]"):
        self.process = process
        self.tmp = tmp

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it, and leave nothing behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.tmp.cleanup()
