"""Thinking with any OpenAI-compatible server: vLLM, Ollama, llama-server. On this machine, unless she is online."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rusta.errors import ConfigError, RustaError
from rusta.identity.turns import Turn
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.network import Network


class NoAnswer(RustaError):
    """The server is not there, or answers with an error."""


@dataclass
class Endpoint:
    """`url` is the server's base, as `http://127.0.0.1:8000/v1`; `served` the model name it knows.

    Not covered: its tokenizer is not known here, so prompts are counted at three and a half characters a token.
    """

    network: Network
    url: str = "http://127.0.0.1:8080/v1"
    served: str = "default"
    context: int = 8192
    timeout: float = 600.0
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"engine.url={self.url} is not a URL. For example: engine.url=http://127.0.0.1:8080/v1")
        if not self.network.online and not _loopback(parts.hostname):
            raise ConfigError(
                f"engine.url={self.url} is another machine ({parts.hostname}), and the network is shut. A server on "
                "this machine is fine (http://127.0.0.1:PORT/v1); for others: network=online"
            )

    @property
    def name(self) -> str:
        """The model name the server knows."""
        return self.served

    @property
    def constrains(self) -> bool:
        """Not to be relied on: llama.cpp's own server takes a grammar, others refuse it or pass over it."""
        return False

    def wake(self, adapter: Path | None = None) -> None:
        """Ask whether the server is there. Raises `NoAnswer`."""
        if adapter:
            raise NoAnswer(f"{adapter} cannot be put on a model that lives in a server. Use engine=transformers.")
        import httpx

        try:
            httpx.get(
                f"{self.url.rstrip('/')}/models", headers=self.headers, timeout=5, trust_env=self._elsewhere
            ).raise_for_status()
        except httpx.HTTPError as error:
            raise NoAnswer(
                f"Nobody answers at {self.url} ({str(error).splitlines()[0] or type(error).__name__}). Start the server, "
                "or think here: engine=llama_cpp"
            ) from None

    @property
    def _elsewhere(self) -> bool:
        # HTTP_PROXY and its kin are for other machines: what is said on this one must not leave it through a proxy.
        return not _loopback(urlsplit(self.url).hostname or "")

    def count(self, turns: Sequence[Turn]) -> int:
        """Estimated: characters over 3.5, and five a turn for its markers."""
        return sum(round(len(turn.text) / 3.5) + 5 for turn in turns)

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Answer by server-sent events. Raises `NoAnswer`."""
        import httpx

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
            with httpx.stream(
                "POST",
                f"{self.url.rstrip('/')}/chat/completions",
                json=body,
                headers=self.headers,
                timeout=self.timeout,
                trust_env=self._elsewhere,
            ) as answer:
                if answer.status_code != 200:
                    answer.read()
                    raise NoAnswer(f"{self.url} answers {answer.status_code}: {answer.text[:300]}")
                for line in answer.iter_lines():
                    if not line.startswith("data:"):
                        continue
                    if line.endswith("[DONE]"):
                        finish = finish or "stop"
                        continue
                    part = json.loads(line[5:])
                    if error := part.get("error"):
                        raise NoAnswer(f"The answer from {self.url} broke off: {error}")
                    counted = (part.get("usage") or {}).get("completion_tokens")
                    for choice in part.get("choices", []):
                        finish = choice.get("finish_reason") or finish
                        if text := choice.get("delta", {}).get("content"):
                            tokens += 1
                            first = first or time.perf_counter() - began
                            yield Piece(text, tokens)
                    tokens = counted or tokens
        except (httpx.HTTPError, ValueError) as error:
            raise NoAnswer(f"The answer from {self.url} broke off: {error}") from None
        if finish is None:
            raise NoAnswer(f"The answer from {self.url} broke off: it ends without saying that it does.")
        passed = max(time.perf_counter() - began - first, 1e-9)
        yield Piece("", tokens, first, max(tokens - 1, 0) / passed, finish)


def _loopback(host: str) -> bool:
    # "localhost" is taken at its word; any other name would have to be asked of a name server.
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
