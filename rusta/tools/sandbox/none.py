"""No sandbox: only the limits are enforced. Used only when the user says so."""

import os
import subprocess
import time
from dataclasses import dataclass

from rusta.tools.sandbox.base import USUAL, Limits, Ran, SandboxCommand
from rusta.tools.sandbox.running import Running, program_path, read_output
from rusta.tools.sandbox.view import view


@dataclass(frozen=True)
class Unconfined:
    """`sandbox=none`: a build may do whatever the user may. Time, processes, memory, disk and output are limited."""

    name: str = "none"

    def run(self, command: SandboxCommand, limits: Limits = USUAL) -> Ran:
        """Run to the end, or to the first limit. Processes that started their own session may survive."""
        begun = time.monotonic()
        with self.start(command, limits) as running:
            return read_output(running, command, limits, begun)

    def start(self, command: SandboxCommand, limits: Limits = USUAL) -> Running:
        """Start it with pipes."""
        program = program_path(command.argv[0])
        seen = view(command)
        process = subprocess.Popen(
            [program, *command.argv[1:]],
            cwd=seen.cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | seen.env | {"TMPDIR": str(seen.tmp)},
            start_new_session=True,
            bufsize=0,
        )
        return Running(process, seen, namespaced=False)
