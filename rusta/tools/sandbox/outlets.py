"""Start a program with a pipe for its input and sockets for its output.

A pipe can be opened again, through `/proc/PID/fd`, by anybody who may inspect a process that holds it: the first
process of a sandbox, which waits for the others, holds them all. A socket cannot be opened by a name.

Not covered: a program inside that opens its own output by name (`/dev/stdout`) is refused (ENXIO).
"""

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence


def started(words: Sequence[str], env: Mapping[str, str], passed: Sequence[int]) -> "subprocess.Popen[bytes]":
    """Start the program in its own session, with unbuffered `stdin`, `stdout` and `stderr`. Raises `OSError`."""
    ends: list[tuple[socket.socket, socket.socket]] = [socket.socketpair() for _ in range(2)]
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=ends[0][1].fileno(),
            stderr=ends[1][1].fileno(),
            env=dict(env),
            pass_fds=passed,
            start_new_session=True,
            bufsize=0,
        )
        for name, (ours, _) in zip(("stdout", "stderr"), ends, strict=True):
            ours.shutdown(socket.SHUT_WR)
            setattr(process, name, os.fdopen(ours.detach(), "rb", buffering=0))
        return process
    finally:
        for pair in ends:
            for end in pair:
                end.close()
