"""A server that lies, drips, floods or speaks another protocol ends in one short paragraph, and so does an odd address."""

import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Callable, Generator, Iterator

import pytest

from rusta.core.errors import ConfigError, RustaError
from rusta.core.network import Network
from rusta.identity.turns import Role, Turn
from rusta.mind.engines.endpoint import Endpoint, NoAnswer
from rusta.mind.mind import Generation

TURNS = [Turn(Role.PERSON, "Why?")]
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"
ESCAPES = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x08\r\ud83d"  # a title, a cleared screen, colours, turned lines, half a pair
)
MUCH = 48 * 2**20  # bytes that a flood has; what lies in the sockets' buffers is some 6 MiB


class RawServer(socketserver.TCPServer):
    """Reads each request whole (or, if it `speaks_first`, its first byte), then lets `reply` send what it likes, and counts."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RawHandler)
        self.reply: Callable[[RawHandler], None] = lambda handler: None
        self.sent, self.speaks_first = 0, False
        self.finished = threading.Event()


class RawHandler(socketserver.StreamRequestHandler):
    server: RawServer

    def handle(self) -> None:
        length = 0
        if self.server.speaks_first:
            self.rfile.read(1)
        while not self.server.speaks_first and (line := self.rfile.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        with contextlib.suppress(OSError):  # the client has hung up
            self.server.reply(self)
        self.server.finished.set()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)
        self.server.sent += len(data)


@pytest.fixture
def server() -> Iterator[RawServer]:
    made = RawServer()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def endpoint(server: RawServer) -> Endpoint:
    return Endpoint(Network(online=False), f"http://127.0.0.1:{server.server_address[1]}/v1")


def refusal(ask: Callable[[], object], kind: type[RustaError] = NoAnswer) -> str:
    """The one paragraph that `ask` ends in."""
    error: Exception | None = None
    try:
        ask()
    except Exception as raised:  # a traceback must fail by the assertion below
        error = raised
    assert isinstance(error, kind), f"{type(error).__name__}: {str(error)[:200]!r}"
    told = str(error)
    assert told.isprintable(), f"it can drive a terminal: {told[:500]!r}"
    assert len(told) < 1000
    assert "engine" in told, f"no command mends it: {told}"
    return told


def answered(endpoint: Endpoint) -> Callable[[], object]:
    return lambda: list(endpoint.stream(TURNS, Generation(max_tokens=16)))


def data(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def choice(**fields: object) -> bytes:
    return data({"choices": [fields]})


END = choice(delta={}, finish_reason="stop") + b"data: [DONE]\n\n"

# Each is followed by a proper end, so that nothing but itself can be what is refused.
CHUNKS = {
    "no object": (data([1]), "JSON is a list"),
    "null": (b"data: null\n\n", "JSON is null"),
    "choices an object": (data({"choices": {"a": 1}}), "choices is an object"),
    "choices a number": (data({"choices": 3}), "choices is 3"),
    "choices null": (data({"choices": None}), "choices is null"),
    "a choice that is text": (data({"choices": [ESCAPES]}), "a choice is"),
    "delta null": (choice(delta=None), "delta is null"),
    "delta a list": (choice(delta=["x"]), "delta is a list"),
    "content a number": (choice(delta={"content": 7}), "content is 7"),
    "content a list": (choice(delta={"content": ["x"]}), "content is a list"),
    "content with NUL": (choice(delta={"content": "a\0b"}), "NUL"),
    "content with half a pair": (choice(delta={"content": "\ud83d"}), "surrogate"),
    "finish a list": (choice(delta={}, finish_reason=["stop"]), "finish_reason is a list"),
    "finish that drives": (choice(delta={}, finish_reason=ESCAPES), "finish_reason is"),
    "usage text": (data({"choices": [], "usage": ESCAPES}), "usage is"),
    "usage a list": (data({"choices": [], "usage": [1]}), "usage is a list"),
    "a negative count": (data({"choices": [], "usage": {"completion_tokens": -4}}), "completion_tokens is -4"),
    "an absurd count": (data({"choices": [], "usage": {"completion_tokens": 10**4000}}), "completion_tokens is 1000"),
    "a count that is text": (data({"choices": [], "usage": {"completion_tokens": "9"}}), "completion_tokens is"),
    "a count that is true": (data({"choices": [], "usage": {"completion_tokens": True}}), "completion_tokens is true"),
    "a count that is NaN": (data({"choices": [], "usage": {"completion_tokens": float("nan")}}), "completion_tokens is"),
    "a number of 5000 digits": (b"data: " + b"9" * 5000 + b"\n\n", "not JSON"),
    "invalid UTF-8": (b'data: {"choices": [{"delta": {"content": "\xff\xfe\x1b[2J"}}]}\n\n', "not UTF-8"),
    "a NUL byte": (b'data: {"choices"\0: []}\n\n', "not JSON"),
    "escapes that are no JSON": (b"data: " + ESCAPES.encode("utf-8", "replace").replace(b"\r", b"") + b"\n\n", "not JSON"),
    "nested": (b"data: " + b"[" * 100_000 + b"\n\n", "nested"),
    "nested objects": (b"data: " + b'{"a":' * 100_000 + b"\n\n", "nested"),
    "an error that drives": (data({"error": {"message": ESCAPES * 1000}}), "reports an error"),
    "an error that is a tower": (b'data: {"error": ' + b"[" * 900 + b"]" * 900 + b"}\n\n", "error"),
    "a line without end": (b"data: " + b"x" * (2**20 + 1), "one line has more than"),
}  # fmt: skip


@pytest.mark.parametrize(("chunk", "why"), CHUNKS.values(), ids=CHUNKS)
def test_a_malformed_chunk_is_named_after_what_came_before_it(
    chunk: bytes, why: str, server: RawServer, endpoint: Endpoint
) -> None:
    server.reply = lambda handler: handler.send(EVENTS + choice(delta={"content": "It "}) + chunk + END)
    heard = []
    told = refusal(lambda: heard.extend(endpoint.stream(TURNS, Generation(max_tokens=16))))
    assert why in told
    assert [piece.text for piece in heard] == ["It "]


def http(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers, "", body]
    return "\r\n".join(lines).encode("utf-8", "replace")


REPLIES = {
    "nothing": (b"", "disconnected"),
    "HTTP/0.9": (b"\x1b[2J" + END, "illegal status line"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\x1b[2J\r\n" * 200, "engine"),
    "a status line that drives": (f"HTTP/1.1 503 {ESCAPES}\r\n\r\n".encode("utf-8", "replace"), "engine"),
    "garbled chunks": (http("200 OK", "Transfer-Encoding: chunked", body="zz\x1b[2J\r\n"), "chunk"),
    "a chunk longer than it says": (http("200 OK", "Transfer-Encoding: chunked", body="2\r\ndata: [DO"), "engine"),
    "an early close": (http("200 OK", "Content-Length: 99", body="data: {}\n\n"), "engine"),
    "a negative length": (http("200 OK", "Content-Length: -4", body="data: [DONE]\n\n"), "Content-Length"),
    "no end": (EVENTS + choice(delta={}), "without saying that it does"),
    "a page": (http("200 OK", "Content-Type: text/html", body=f"<h1>{ESCAPES}Router</h1>\n{END.decode()}"), "text/html"),
    "JSON": (http("200 OK", "Content-Type: application/json", body='{"error":"stream?"}\n' + END.decode()), "stream?"),
    "a type that drives": (http("200 OK", "Content-Type: \x9b31m", body=END.decode()), "event-stream"),
    "an encoding": (EVENTS[:-2] + b"Content-Encoding: gzip\r\n\r\n\x1f\x8bnot gzip", "gzip"),
    "a redirect": (http("307 Temporary Redirect", "Location: http://example.com/v1"), "redirect to http://example.com/v1"),
    "a redirect that drives": (http("302 Found", "Location: http://a\x9b31m/"), "engine"),
    "a redirect to nowhere": (http("302 Found", "Location: http://[::1"), "engine"),
    "an error that drives": (http("500 No", body=f"{ESCAPES}out of memory\n" * 100), "out of memory"),
    "an error without words": (http("401 Unauthorized"), "401"),
    "no content": (http("204 No Content"), "204"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "why"), REPLIES.values(), ids=REPLIES)
def test_a_reply_that_is_no_stream_is_one_short_paragraph(
    reply: bytes, why: str, server: RawServer, endpoint: Endpoint
) -> None:
    server.reply = lambda handler: handler.send(reply)
    assert why in refusal(answered(endpoint))


WAKES = ["nothing", "HTTP/0.9", "another protocol", "a status line that drives", "a redirect that drives",
         "a redirect to nowhere", "an error that drives"]  # fmt: skip


@pytest.mark.parametrize("name", WAKES)
def test_the_first_question_to_a_server_is_as_careful(name: str, server: RawServer, endpoint: Endpoint) -> None:
    server.reply = lambda handler: handler.send(REPLIES[name][0])
    assert "engine=llama_cpp" in refusal(endpoint.wake)


def test_a_status_that_is_refused_at_the_start_is_told_in_the_servers_words(
    server: RawServer, endpoint: Endpoint
) -> None:
    server.reply = lambda handler: handler.send(REPLIES["an error that drives"][0])
    assert "out of memory" in refusal(endpoint.wake)


def flood(head: bytes, block: bytes) -> Callable[[RawHandler], None]:
    def reply(handler: RawHandler) -> None:
        handler.send(head)
        while handler.server.sent < MUCH:
            handler.send(block)

    return reply


FLOODS = {
    "an error's body": (http("500 No", body=""), b"x" * 2**16),
    "one line": (EVENTS, b"x" * 2**16),
    "comments": (EVENTS, b": still here\n" * 5000),
    "empty chunks": (EVENTS, data({"choices": []}) * 2000),
    "a page": (http("200 OK", "Content-Type: text/html", body=""), b"x" * 2**16),
}


@pytest.mark.parametrize(("head", "block"), FLOODS.values(), ids=FLOODS)
def test_of_a_flood_little_is_read(head: bytes, block: bytes, server: RawServer, endpoint: Endpoint) -> None:
    server.reply = flood(head, block)
    with contextlib.suppress(NoAnswer):
        answered(endpoint)()
    assert server.finished.wait(60)
    assert server.sent < MUCH
    refusal(answered(endpoint))


@pytest.mark.parametrize("head", [http("500 No", body=""), http("200 OK", body="")], ids=["an error", "a welcome"])
def test_the_first_question_reads_little_of_a_flood(head: bytes, server: RawServer, endpoint: Endpoint) -> None:
    server.reply = flood(head, b"x" * 2**16)
    with contextlib.suppress(NoAnswer):
        endpoint.wake()
    assert server.finished.wait(60)
    assert server.sent < MUCH


def drip(head: bytes, drop: bytes, end: bytes) -> Callable[[RawHandler], None]:
    """Drops at 0.02 s for two seconds, and then a proper end: whoever waits for it has no time-out."""

    def reply(handler: RawHandler) -> None:
        handler.send(head)
        for _ in range(100):
            handler.send(drop)
            time.sleep(0.02)
        handler.send(end)

    return reply


DRIPS = {
    "comments": (EVENTS, b": still here\n", END),
    "one line": (EVENTS + b":", b"x", b"\n" + END),
    "the headers": (EVENTS[:-2] + b"X: ", b"x", b"\r\n\r\n" + END),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", EVENTS + END),
}


@pytest.mark.parametrize("told", DRIPS.values(), ids=DRIPS)
def test_the_timeout_is_for_the_whole_answer(
    told: tuple[bytes, bytes, bytes], server: RawServer, endpoint: Endpoint
) -> None:
    server.reply, endpoint.timeout = drip(*told), 0.3
    assert "not complete after 0.3 s" in refusal(answered(endpoint))


def test_the_timeout_is_for_the_whole_first_question(server: RawServer, endpoint: Endpoint) -> None:
    server.reply, endpoint.timeout = drip(*DRIPS["the headers"]), 0.3
    assert "not complete after 0.3 s" in refusal(endpoint.wake)


def test_the_timeout_is_for_the_handshake_too(server: RawServer) -> None:
    server.speaks_first, server.reply = True, drip(b"\x16\x03\x03\x40\x00", b"x", b"")  # a TLS record of 16 KiB begins
    secret = Endpoint(Network(online=False), f"https://127.0.0.1:{server.server_address[1]}/v1", timeout=0.3)
    assert "not complete after 0.3 s" in refusal(secret.wake)


def test_closing_the_iterator_hangs_up(server: RawServer, endpoint: Endpoint) -> None:
    def reply(handler: RawHandler) -> None:
        handler.send(EVENTS + choice(delta={"content": "It "}))
        handler.rfile.read(1)

    server.reply = reply
    pieces = endpoint.stream(TURNS, Generation())
    assert isinstance(pieces, Generator)
    assert next(pieces).text == "It "
    assert not server.finished.is_set()
    pieces.close()
    assert server.finished.wait(60)


def test_silence_is_a_timeout_too(server: RawServer, endpoint: Endpoint) -> None:
    heard = threading.Event()
    server.reply, endpoint.timeout = lambda handler: bool(heard.wait(60)) or None, 0.2
    assert "not complete after 0.2 s" in refusal(answered(endpoint))
    heard.set()


def test_an_answer_ends_at_its_mark_though_the_server_holds_the_line(server: RawServer, endpoint: Endpoint) -> None:
    def reply(handler: RawHandler) -> None:
        handler.send(EVENTS + choice(delta={"content": "Yes."}) + END)
        handler.rfile.read(1)  # until the client hangs up

    server.reply, endpoint.timeout = reply, 20.0
    heard, error = [], None
    try:
        heard.extend(endpoint.stream(TURNS, Generation()))
    except NoAnswer as raised:
        error = raised
    assert error is None
    assert (heard[0].text, heard[-1].finish) == ("Yes.", "stop")


def test_a_line_ends_only_where_the_protocol_says(server: RawServer, endpoint: Endpoint) -> None:
    text = "a\u2028b\u0085c"
    line = f'data: {{"choices": [{{"delta": {{"content": "{text}"}}}}]}}\r\n\r\n'.encode()
    server.reply = lambda handler: handler.send(EVENTS + line + END.replace(b"\n", b"\r"))
    heard: list[str] = []
    with contextlib.suppress(NoAnswer):
        heard.extend(piece.text for piece in endpoint.stream(TURNS, Generation()))
    assert "".join(heard) == text


ADDRESSES = {
    "a port out of range": ("http://127.0.0.1:99999/v1", "port"),
    "port 0": ("http://127.0.0.1:0/v1", "port"),
    "a port that is a word": ("http://127.0.0.1:http/v1", "port"),
    "half a bracket": ("http://[::1/v1", "not a URL"),
    "a bracket that holds no address": ("http://[v1.x]/v1", "host"),
    "an IPv6 zone": ("http://[fe80::1%eth0]:80/v1", "zone"),
    "an encoded IPv6 zone": ("http://[::1%25lo]:80/v1", "zone"),
    "a percent-encoded host": ("http://127.0.0.%31/v1", "percent-encodes"),
    "a space in the host": ("http://127.0.0.1 :80/v1", "space"),
    "a space in the path": ("http://127.0.0.1:80/v 1", "space"),
    "a newline": ("http://127.0.0.1:80/v1\n", "control character"),
    "a NUL": ("http://127.0.0.1:80/v1\0", "control character"),
    "escapes": (f"http://127.0.0.1/{ESCAPES}", "ASCII"),
    "an escape": ("http://127.0.0.1/\x1b[2J", "control character"),
    "a backslash": ("http://example.com\\@127.0.0.1/v1", "backslash"),
    "another host's name before this machine's": ("http://example.com@127.0.0.1/v1", "engine.headers"),
    "this machine before another host": ("http://127.0.0.1@example.com/v1", "engine.headers"),
    "a password": ("http://ada:s3cret@127.0.0.1/v1", "engine.headers"),
    "a password with a slash": ("http://ada:s3/cret@127.0.0.1/v1", "port"),
    "no host": ("http://:8080/v1", "not a URL"),
    "a foreign name": ("http://b\u00fccher.example/v1", "punycode"),
    "digits that only look alike": ("http://\uff11\uff12\uff17.0.0.1/v1", "punycode"),
    "an address of four numbers too large": ("http://999.0.0.1/v1", "host"),
    "an empty label": ("http://a..example/v1", "host"),
    "a label too long": (f"http://{'a' * 64}.example/v1", "host"),
    "a query": ("http://127.0.0.1/v1?key=1", "query"),
    "a fragment": ("http://127.0.0.1/v1#a", "fragment"),
    "a book": (f"http://127.0.0.1/{'a' * 3000}", "2000"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "why"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_odd_address_is_refused_before_anything_connects(url: str, why: str) -> None:
    told = refusal(lambda: Endpoint(Network(online=True), url), ConfigError)
    assert "engine.url=" in told and why in told
    assert "s3" not in told


def test_an_address_that_a_name_server_could_refuse_is_let_through() -> None:
    for url in (
        "http://my_box.lan:8080",
        "https://api.example.com./v1/",
        "http://[2001:db8::1]:8080/v1",
        "HTTP://LOCALHOST/v1",
    ):
        Endpoint(Network(online=True), url)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_timeout_that_is_none_is_refused(seconds: float) -> None:
    told = refusal(lambda: Endpoint(Network(online=False), timeout=seconds), ConfigError)
    assert "engine.timeout=" in told


@pytest.mark.parametrize(
    "header", [("Authorization", "Bearer s3cret\r\nX: y"), ("Authorization", "s3cr\u00e9t"), ("a b", "s3cret")]
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(header: tuple[str, str]) -> None:
    told = refusal(lambda: Endpoint(Network(online=False), headers=dict([header])), ConfigError)
    assert header[0] in told and "s3" not in told
