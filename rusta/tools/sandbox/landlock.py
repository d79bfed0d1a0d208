"""The sandbox that needs no installation: Linux's Landlock and namespaces, entered through a small Python process."""

import marshal
import os
import resource
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType

from rusta.tools.sandbox import seccomp, tasks
from rusta.tools.sandbox.base import USUAL, Limits, Ran, SandboxCommand
from rusta.tools.sandbox.outlets import started
from rusta.tools.sandbox.running import SHARED_MEMORY, Running, program_path, read_output, rlimits
from rusta.tools.sandbox.stand_ins import stand_in_folder
from rusta.tools.sandbox.view import view

ENTER = Path(__file__).with_name("enter.py")
# enter.py is sent as compiled code: run as a script, it would be compiled each time.
BOOT = """
import marshal, os, sys
with os.fdopen(int(sys.argv[1]), "rb") as file: order = marshal.load(file)
exec(order["code"])
os._exit(main(order))
"""


@cache
def _code() -> CodeType:
    return compile(ENTER.read_bytes(), ENTER, "exec")


@dataclass(frozen=True)
class Landlock:
    """A root with only the visible paths, Landlock's rules on it, namespaces, and the seccomp filter."""

    name: str = "landlock"

    def run(self, command: SandboxCommand, limits: Limits = USUAL) -> Ran:
        """Run to the end, or to the first limit. Raises `Broke` and `BadView`."""
        begun = time.monotonic()
        with self.start(command, limits) as running:
            return read_output(running, command, limits, begun)

    def start(self, command: SandboxCommand, limits: Limits = USUAL) -> Running:
        """Start it with pipes. It dies with the thread that started it. Raises `Broke` and `BadView`."""
        program = program_path(command.argv[0])
        root = stand_in_folder() / "root"  # the mount point
        root.mkdir(exist_ok=True)
        seen = view(command)
        status, status_in = os.pipe()
        order_out, order_in = os.pipe()
        bounds = rlimits(limits)
        order = {
            "code": _code(),
            "argv": [program, *command.argv[1:]],
            "cwd": str(seen.cwd),
            "env": seen.env | {"TMPDIR": str(seen.tmp), "HOME": str(seen.tmp)},
            "readable": [str(path) for path in seen.readable],
            "writable": [str(path) for path in (*seen.writable, seen.tmp)],
            "root": str(root),
            "stand_ins": [(str(copy), str(path)) for copy, path in seen.stand_ins],
            "shown": [str(path) for path in seen.shown],
            "hidden": [str(path) for path in seen.hidden],
            "rlimits": bounds,
            "pid_max": max(tasks.LEAST, bounds[resource.RLIMIT_NPROC]) if tasks.has_own_pid_max() else None,
            "shared_memory": SHARED_MEMORY,
            "filter": seccomp.program(),
            "status": status_in,
            "parent": os.getpid(),
        }
        # The base interpreter, because a virtual environment's would first have to find it.
        python = getattr(sys, "_base_executable", None) or sys.executable
        try:
            process = started([python, "-I", "-S", "-c", BOOT, str(order_out)], {}, (order_out, status_in))
        finally:
            os.close(order_out)
            os.close(status_in)
        cgroup = None if order["pid_max"] else tasks.bound(process.pid, bounds[resource.RLIMIT_NPROC])
        with os.fdopen(order_in, "wb") as file:
            file.write(marshal.dumps(order))
        return Running(process, seen, status, cgroup=cgroup)
