"""One HTTP request with a limit on its total time, however slowly the server sends."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rusta.mind.engines.chat_chunks import BadReply
from rusta.mind.engines.foreign_text import QUOTED, quoted

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Request:
    """A request. `seconds` limits its total time, from the connection to the last byte.

    `proxied`: whether HTTP_PROXY and similar variables are used.
    """

    method: str
    url: str
    seconds: float
    headers: Mapping[str, str]
    json: object = None
    proxied: bool = False


@contextmanager
def exchange(request: Request) -> Iterator["httpx.Response"]:
    """Open the response, its body unread; redirects are not followed.

    Raises `BadReply` for every failure of the exchange, also inside the `with`.

    Not covered by the time limit: name resolution, and a second address of a host when the first takes all of the time.
    """
    import httpx

    deadline = _Deadline(request.seconds)
    headers = {"Accept-Encoding": "identity", **request.headers}
    try:
        with (
            deadline,
            httpx.Client(trust_env=request.proxied, timeout=request.seconds) as client,
            client.stream(
                request.method,
                request.url,
                headers=headers,
                json=request.json,
                extensions={"trace": deadline.trace},
            ) as answer,
        ):
            yield answer
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError, OSError, ImportError) as error:
        if deadline.passed or isinstance(error, httpx.TimeoutException):
            raise BadReply(f"it is not complete after {request.seconds:g} s") from None
        if isinstance(error, BadReply):
            raise
        raise BadReply(quoted(str(error)).rstrip(".") or type(error).__name__) from None
    if deadline.passed:  # the deadline cut the connection, which looks like a normal end if no length was announced
        raise BadReply(f"it is not complete after {request.seconds:g} s")


def refusal(answer: "httpx.Response") -> str:
    """Describe an error or redirect in the server's words: as much of the body as fits in a message."""
    import httpx

    told = b""
    with contextlib.suppress(httpx.HTTPError):
        for block in answer.iter_raw():
            told += block
            if len(told) > 8 * QUOTED:
                break
    if answer.is_redirect:
        target = quoted(answer.headers.get("location", ""))
        return f"{answer.status_code}, a redirect to {target}, which is not followed"
    return f"{answer.status_code}: {quoted(told) or 'and says nothing more'}"


class _Deadline:
    """Shuts the connection down when its time is over, which ends a blocked read, whatever it waits for."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's `trace` extension. The duplicated socket stays valid when TLS takes over the original."""
        if event.endswith("connect_tcp.complete"):
            with self._lock:
                self._sockets.append(info["return_value"].get_extra_info("socket").dup())
            if self.passed:
                self._end()

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
