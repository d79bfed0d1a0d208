"""Any OpenAI-compatible server will do, on this machine; and an answer that broke off is never passed off as whole."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rusta.core.errors import ConfigError
from rusta.core.network import Network
from rusta.identity.turns import Role, Turn
from rusta.mind.engines.endpoint import Endpoint, NoAnswer
from rusta.mind.mind import Constraint, Generation

TURNS = [Turn(Role.SYSTEM, "You are Rusta."), Turn(Role.PERSON, "Why?")]
WORDS = ["It ", "was ", "moved", ".\n", "→ E0382"]


def chunk(**part: object) -> str:
    return f"data: {json.dumps(part)}\n\n"


def said(text: str | None, finish: str | None = None) -> str:
    return chunk(choices=[{"delta": {"content": text} if text else {}, "finish_reason": finish}])


ANSWER = [
    ": a comment keeps the connection open\n\n",
    chunk(choices=[{"delta": {"role": "assistant", "content": None}}]),
    *map(said, WORDS),
    said(None, "length"),
    chunk(choices=[], usage={"completion_tokens": 9}),
    "data: [DONE]\n\n",
]


class Server(ThreadingHTTPServer):
    """Answers every POST with `stream`, in HTTP chunks; without the last chunk it has `broken` off."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stream: list[str] = ANSWER
        self.status, self.broken = 200, False
        self.heard: list[dict] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in self.server.stream:
            self.wfile.write(f"{len(part.encode()):x}\r\n{part}\r\n".encode())
        if not self.server.broken:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    return Endpoint(Network(online=False), server.url, served="strand")


def test_an_answer_streams_and_is_counted_by_the_server(server: Server, endpoint: Endpoint) -> None:
    endpoint.wake()
    *pieces, last = endpoint.stream(TURNS, Generation(max_tokens=7, temperature=0.5, top_p=0.8, seed=3))
    assert [piece.text for piece in pieces] == WORDS
    assert [piece.tokens for piece in pieces] == [1, 2, 3, 4, 5]
    assert (last.text, last.tokens, last.finish) == ("", 9, "length")
    assert last.first_token_s > 0 and last.tokens_per_s > 0
    assert server.paths == ["/v1/models", "/v1/chat/completions"]
    (asked,) = server.heard
    assert asked["messages"] == [turn.as_message() for turn in TURNS]
    wanted = {"model": "strand", "stream": True, "max_tokens": 7, "temperature": 0.5, "top_p": 0.8, "seed": 3}
    assert wanted.items() <= asked.items()


def test_constraints_travel_as_the_server_knows_them(server: Server, endpoint: Endpoint) -> None:
    schema = {"type": "object"}
    list(endpoint.stream(TURNS, Generation(), Constraint(json_schema=schema)))
    list(endpoint.stream(TURNS, Generation(), Constraint(grammar='root ::= "x"')))
    assert server.heard[0]["response_format"]["json_schema"]["schema"] == schema
    assert server.heard[1]["grammar"] == 'root ::= "x"'


def test_an_error_is_told_in_the_servers_words(server: Server, endpoint: Endpoint) -> None:
    server.status, server.stream = 503, ['{"error": "loading the model"}']
    with pytest.raises(NoAnswer, match=r"503.*loading the model"):
        list(endpoint.stream(TURNS, Generation()))
    with pytest.raises(NoAnswer, match="engine=llama_cpp"):
        endpoint.wake()


BROKEN: dict[str, Callable[[Server], None]] = {
    "the connection breaks": lambda s: (setattr(s, "stream", ANSWER[:4]), setattr(s, "broken", True)),
    "it ends without an end": lambda s: setattr(s, "stream", ANSWER[:4]),
    "half a line": lambda s: setattr(s, "stream", [*ANSWER[:4], 'data: {"choices": [{"del\n\n']),
    "an error on the way": lambda s: setattr(s, "stream", [*ANSWER[:4], chunk(error={"message": "out of memory"})]),
}


@pytest.mark.parametrize("breaks", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_given_as_far_as_it_came_and_then_refused(
    breaks: Callable[[Server], None], server: Server, endpoint: Endpoint
) -> None:
    breaks(server)
    heard = []
    with pytest.raises(NoAnswer, match=server.url):
        heard.extend(endpoint.stream(TURNS, Generation()))  # extend keeps what came before the error
    assert "".join(piece.text for piece in heard) == "".join(WORDS[:2])


def test_nobody_there_is_refused_with_another_way(server: Server) -> None:
    server.server_close()
    gone = Endpoint(Network(online=False), server.url)
    with pytest.raises(NoAnswer, match="engine=llama_cpp"):
        gone.wake()
    with pytest.raises(NoAnswer, match=server.url):
        list(gone.stream(TURNS, Generation()))


OTHERS = ["http://192.168.0.7:8080/v1", "https://api.example.com/v1", "http://127.0.0.1.example.com/v1",
          "http://0.0.0.0:80/v1", "http://[2001:db8::1]/v1", "http://2130706433/v1"]  # fmt: skip


@pytest.mark.parametrize("url", OTHERS)
def test_another_machine_is_refused_unless_online(url: str) -> None:
    with pytest.raises(ConfigError, match="network=online"):
        Endpoint(Network(online=False), url)
    Endpoint(Network(online=True), url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1", "http://127.9.9.9"]
)
def test_this_machine_is_fine_offline(url: str) -> None:
    Endpoint(Network(online=False), url)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", ""])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"engine\.url"):
        Endpoint(Network(online=True), url)


def test_no_proxy_hears_what_is_said_to_this_machine(
    server: Server, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Server()
    try:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        endpoint.timeout = 5.0
        list(endpoint.stream(TURNS, Generation()))
        assert len(server.heard) == 1
        endpoint.wake()
    finally:
        proxy.server_close()


def test_an_adapter_cannot_be_put_on_a_server(endpoint: Endpoint, tmp_path) -> None:
    with pytest.raises(NoAnswer, match="engine=transformers"):
        endpoint.wake(tmp_path)
