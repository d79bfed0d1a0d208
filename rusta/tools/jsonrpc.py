"""A JSON-RPC client over a subprocess's pipes, with the framing of the language server protocol (LSP).

One thread reads stdout, one writes stdin and one keeps the last lines of stderr, so a peer that hangs, dies or sends
invalid data makes a request time out or fail, and never blocks the caller. After the peer died or sent invalid data,
every request raises `Lost`; a new peer has to be started.

Not covered: the peer's own requests are answered at once, all by one function; JSON-RPC batches are not understood.
"""

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from rusta.core.errors import RustaError

if TYPE_CHECKING:
    from rusta.tools.sandbox.running import Running

LAST_WORDS_S = 1.0  # how long a lost peer's stderr is waited for
LARGEST = 64 * 1024 * 1024  # bytes of one message; a larger Content-Length is treated as invalid


class Lost(RustaError):
    """The program has ended, or sent data that is not a valid message."""


class Slow(RustaError):
    """A request was not answered within its time limit."""


class RequestRefused(RustaError):
    """The program answered a request with an error. `code` is the JSON-RPC error code."""

    def __init__(self, text: str, code: int):
        super().__init__(text)
        self.code = code


class Peer:
    """A running program that speaks JSON-RPC.

    `answer(method, params)` returns the result of a request the program makes; `told(method, params)` gets its
    notifications.
    """

    def __init__(
        self,
        running: "Running",
        name: str,
        answer: Callable[[str, Any], Any],
        told: Callable[[str, Any], None],
    ):
        self.running = running
        # The sandbox's pipes are unbuffered, so a read or a write may be partial, and closing them must not wait for
        # the thread that reads. So each thread gets a buffered file on its own duplicate of the descriptor.
        out, into, err = (
            _own(pipe) for pipe in (running.process.stdout, running.process.stdin, running.process.stderr)
        )
        self._in, self._into, self._err = os.fdopen(out, "rb"), os.fdopen(into, "wb"), os.fdopen(err, "rb")
        self.name = name
        self._answer = answer
        self._told = told
        self._wait = threading.Condition()
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        self._gone = ""
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=8)
        threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._write, self._overhear)]
        self._overhearing = threads[-1]
        for thread in threads:
            thread.start()

    def request(self, method: str, params: Any, seconds: float) -> Any:
        """Send a request and return its result. Raises `Lost`, `Slow` or `RequestRefused`."""
        with self._wait:
            self._asked += 1
            number = self._asked
            self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            self._wait.wait_for(lambda: number in self._answers or self._gone, seconds)
            said = self._answers.pop(number, None)
            gone = self._gone
        if said is None:
            if gone:
                raise Lost(self._why(gone))
            self.notify("$/cancelRequest", {"id": number})
            raise Slow(f"{self.name} did not answer {method} in {seconds:g} s.")
        if error := said.get("error"):
            raise RequestRefused(f"{self.name} refused {method}: {error.get('message')}", int(error.get("code") or 0))
        return said.get("result")

    def notify(self, method: str, params: Any) -> None:
        """Send a notification, which has no response."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until `ready()`, tested after each message, is true; return whether it is. Raises `Lost`."""
        with self._wait:
            self._wait.wait_for(lambda: ready() or bool(self._gone), seconds)
            if self._gone and not ready():
                raise Lost(self._why(self._gone))
            return ready()

    def end(self, seconds: float = 0) -> None:
        """Kill the program and everything it started, after giving it `seconds` to exit by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.running.process.wait(seconds)
        self._out.put(None)
        self._lose("it was ended")
        self.running.close()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        self._out.put(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _write(self) -> None:
        with contextlib.suppress(OSError), self._into as into:
            while (frame := self._out.get()) is not None:
                into.write(frame)
                into.flush()

    def _overhear(self) -> None:
        with contextlib.suppress(OSError), self._err as errors:
            while line := errors.readline(4096):
                self._errors.append(line.decode("utf-8", "replace").strip())

    def _read(self) -> None:
        try:
            with self._in:
                while True:
                    self._heard(self._frame())
        except _Nonsense as nonsense:
            self._lose(str(nonsense))
        except OSError:
            self._lose("its pipe broke")

    def _frame(self) -> dict[str, Any]:
        length = -1
        while line := self._in.readline(4096):
            if not line.strip():
                break
            name, _, value = line.decode("latin-1").partition(":")
            if not _:
                raise _Nonsense(f"it printed {line[:60]!r} where a header belongs")
            if name.strip().lower() == "content-length":
                length = int(value) if value.strip().isdigit() else -1
        else:
            raise _Nonsense("it ended")
        if not 0 <= length <= LARGEST:
            raise _Nonsense("it sent a message without a length that can be true")
        body = self._in.read(length)
        if len(body) < length:
            raise _Nonsense("it ended in the middle of a message")
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise _Nonsense("it sent a message that is no JSON") from None
        if not isinstance(said, dict):
            raise _Nonsense("it sent a message that is no object")
        return said

    def _heard(self, said: dict[str, Any]) -> None:
        if "method" in said and "id" in said:
            self._send({"jsonrpc": "2.0", "id": said["id"], "result": self._answer(said["method"], said.get("params"))})
        with self._wait:
            if "method" not in said and isinstance(said.get("id"), int):
                self._answers[said["id"]] = said
            elif "id" not in said:
                self._told(str(said.get("method")), said.get("params"))
            self._wait.notify_all()

    def _lose(self, why: str) -> None:
        with self._wait:
            self._gone = self._gone or why
            self._wait.notify_all()

    def _why(self, gone: str) -> str:
        self._overhearing.join(LAST_WORDS_S)
        last = next((line for line in self._errors if line), "")
        return f"{self.name} is lost: {gone}{f' ({last})' if last else ''}."


def _own(pipe: IO[bytes] | None) -> int:
    assert pipe is not None
    return os.dup(pipe.fileno())


class _Nonsense(Exception):
    """The bytes read are not a valid message."""
