"""Engine for any OpenAI-compatible server (vLLM, Ollama, llama-server): on this machine, unless online mode is set."""

import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rusta.core.errors import ConfigError, RustaError
from rusta.core.network import Network
from rusta.identity.turns import Turn
from rusta.mind.engines.bounded_exchange import Request, exchange, refusal
from rusta.mind.engines.chat_chunks import BadReply, ChatChunk, chat_chunks
from rusta.mind.engines.foreign_text import quoted
from rusta.mind.engines.server_address import loopback, server_host
from rusta.mind.mind import Constraint, Generation, Piece

if TYPE_CHECKING:
    import httpx

ROOM, ROOM_PER_TOKEN = 2**20, 2**12  # bytes allowed for a whole answer; a chunk of one token has about 300
LONGEST = 7 * 24 * 3600.0  # seconds


class NoAnswer(RustaError):
    """The server is not reachable, or answers with an error or an invalid answer."""


@dataclass
class Endpoint:
    """An OpenAI-compatible server.

    `url` is its base, for example `http://127.0.0.1:8000/v1`; `served` the model name that it knows. `timeout` is in
    seconds for a whole answer, from the connection to the last byte.

    Not covered: its tokenizer is not known here, so prompts are counted at three and a half characters a token.
    """

    network: Network
    url: str = "http://127.0.0.1:8080/v1"  # address of the OpenAI-compatible API
    served: str = "default"  # the name that the server knows the model by
    context: int = 8192  # tokens, prompt and answer together
    timeout: float = 600.0  # seconds for one whole answer
    headers: dict[str, str] = field(default_factory=dict)  # sent with each request, such as an authorization

    def __post_init__(self) -> None:
        host = server_host(self.url)
        if not self.network.online and not loopback(host):
            raise ConfigError(
                f"engine.url={self.url} is another machine ({host}), and the network is shut. A server on "
                "this machine is fine (http://127.0.0.1:PORT/v1); for others: network=online"
            )
        if not 0 < self.timeout <= LONGEST:
            raise ConfigError(
                f"engine.timeout={self.timeout}: seconds for a whole answer, above 0 and at most {LONGEST:g}."
            )
        for name, value in self.headers.items():  # the value may be a secret
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or not re.fullmatch(
                r"([!-~]([ -~]*[!-~])?)?", value
            ):
                raise ConfigError(
                    f"engine.headers: {quoted(name)!r} cannot be sent. A header's name is one word, its value printable ASCII "
                    "without blanks around it."
                )

    @property
    def name(self) -> str:
        """The model name that the server knows."""
        return self.served

    @property
    def constrains(self) -> bool:
        """False: llama.cpp's own server accepts a grammar, but other servers refuse or ignore it."""
        return False

    def wake(self, adapter: Path | None = None) -> None:
        """Check that the server is reachable. Raises `NoAnswer`."""
        if adapter:
            raise NoAnswer(f"{adapter} cannot be put on a model that lives in a server. Use engine=transformers.")
        try:
            with exchange(self._request("GET", "models", min(5.0, self.timeout))) as answer:
                if not answer.is_success:
                    raise BadReply(f"it answers {refusal(answer)}")
        except BadReply as error:
            raise NoAnswer(
                f"Nobody answers at {self.url} ({error}). Start the server, or think here: engine=llama_cpp"
            ) from None

    def _request(self, method: str, path: str, seconds: float, body: object = None) -> Request:
        return Request(method, f"{self.url.rstrip('/')}/{path}", seconds, self.headers, body, self._elsewhere)

    @property
    def _elsewhere(self) -> bool:
        # HTTP_PROXY and similar variables are for other machines: what is sent to this one must not go through a proxy.
        return not loopback(server_host(self.url))

    def count(self, turns: Sequence[Turn]) -> int:
        """Estimate the tokens: characters divided by 3.5, plus five per turn for its markers."""
        return sum(round(len(turn.text) / 3.5) + 5 for turn in turns)

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Stream the answer from server-sent events. Raises `NoAnswer`, also after pieces that were well formed."""
        body: dict[str, Any] = {
            "model": self.served,
            "messages": [turn.as_message() for turn in turns],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": generation.max_tokens,
            "temperature": generation.temperature,
            "top_p": generation.top_p,
            "seed": generation.seed,
        }
        if constraint and constraint.json_schema:
            schema = {"name": "answer", "schema": constraint.json_schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif constraint and constraint.grammar:
            body["grammar"] = constraint.grammar
        began, first, tokens, finish = time.perf_counter(), 0.0, 0, None
        try:
            with closing(self._chunks(body, ROOM + ROOM_PER_TOKEN * generation.max_tokens)) as parts:
                for part in parts:
                    for text in part.texts:
                        tokens += 1
                        first = first or time.perf_counter() - began
                        yield Piece(text, tokens)
                    tokens = part.counted or tokens
                    finish = part.finish if finish is None else finish
        except BadReply as error:
            raise NoAnswer(
                f"The answer from {self.url} broke off: {error}. Look at the server's own log, give it longer than "
                f"engine.timeout={self.timeout:g} seconds, or think here: engine=llama_cpp"
            ) from None
        passed = max(time.perf_counter() - began - first, 1e-9)
        yield Piece("", tokens, first, max(tokens - 1, 0) / passed, finish)

    def _chunks(self, body: dict[str, Any], most: int) -> Generator[ChatChunk, None, None]:
        ended = False
        with exchange(self._request("POST", "chat/completions", self.timeout, body)) as answer:
            _require_events(answer, self.url)
            for part in chat_chunks(answer.iter_raw(), most):
                ended = ended or part.finish is not None
                yield part
        if not ended:
            raise BadReply("it ends without saying that it does")


def _require_events(answer: "httpx.Response", url: str) -> None:
    """Raise `NoAnswer` unless the response is an event stream. A missing content type is accepted."""
    if answer.status_code != 200:
        raise NoAnswer(f"{url} answers {refusal(answer)}. Look at the server's log, at engine.url and engine.headers.")
    kind = answer.headers.get("content-type", "")
    if kind and kind.partition(";")[0].strip().lower() != "text/event-stream":
        raise NoAnswer(
            f"{url} answers with {quoted(kind, 80)} and not with text/event-stream ({refusal(answer)}). "
            "Is engine.url the base of an OpenAI-compatible server?"
        )
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed != "identity":
        raise BadReply(f"it is compressed ({quoted(packed, 80)}), though that was not asked for")
