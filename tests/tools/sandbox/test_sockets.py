"""A pair of sockets inside is two ends of one pipe, and no way to a third."""

import shutil
import socket
from pathlib import Path

import pytest

from rusta.tools.sandbox import Sandbox, SandboxCommand

pytestmark = pytest.mark.skipif(shutil.which("perl") is None, reason="there is no perl to make a pair with")
STREAM, DATAGRAM, RAW, SEQUENCED, CLOEXEC, NONBLOCK = 1, 2, 3, 5, 0x80000, 0x800
SEND = """
    use Socket; ($kind, $to) = @ARGV;
    socketpair(A, B, AF_UNIX, $kind, 0) or exit 0;
    connect(A, sockaddr_un($to)) and print "connected ";
    send(A, "owned", 0, sockaddr_un($to)) and sysread(B, $x, 5) and print "to its other end";
"""
TALK = 'use Socket; socketpair(A, B, AF_UNIX, $ARGV[0], 0) or die; syswrite A, "hello"; sysread B, $x, 5; print $x'


@pytest.mark.parametrize("listening", [DATAGRAM, STREAM, SEQUENCED])
@pytest.mark.parametrize("kind", [DATAGRAM, DATAGRAM | CLOEXEC | NONBLOCK, RAW, STREAM, SEQUENCED])
def test_no_end_of_a_pair_speaks_to_a_socket_outside(
    sandbox: Sandbox, place: Path, kind: int, listening: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX, listening) as ear:
        ear.bind("s")
        ear.settimeout(0.02)
        if listening != DATAGRAM:
            ear.listen()
        ran = sandbox.run(SandboxCommand(("perl", "-e", SEND, str(kind), "s"), place))
        try:
            heard = ear.recv(16) if listening == DATAGRAM else ear.accept()
        except TimeoutError:
            heard = None
    assert (heard, ran.ok) == (None, True)
    assert ran.stdout == (b"to its other end" if kind == SEQUENCED else b"")


@pytest.mark.parametrize(
    "kind", [STREAM, STREAM | CLOEXEC, SEQUENCED | CLOEXEC]
)  # the last is std's, in `SandboxCommand`
def test_a_connected_pair_talks(sandbox: Sandbox, place: Path, kind: int) -> None:
    assert sandbox.run(SandboxCommand(("perl", "-e", TALK, str(kind)), place)).stdout == b"hello"
