"""Engine for llama.cpp, in this process, from a GGUF: without torch, loaded in a second or two.

The key-value cache of the prompt is kept across turns, and that of the identity prompt also across processes: this text
is the same every time, and on a CPU evaluating it again costs seconds before the first token.
"""

import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.output import aside
from rusta.identity.turns import Role, Turn
from rusta.mind.engines.prompt_cache import PromptCache
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.model import Model
from rusta.mind.threads import ThreadChoice, briefly_spinning


class LlamaRefused(RustaError):
    """llama.cpp could not load the file, or did not answer."""


@dataclass
class LlamaCpp:
    """The `xllamacpp` engine.

    `threads=0` uses the cores that other processes leave free, measured at loading and during answers; another number
    is used unconditionally. `gpu_layers=-1` puts all blocks on the GPU, if the wheel was built for it.
    """

    model: Model
    home: Home
    context: int = 4096  # tokens, prompt and answer together
    threads: int = 0  # 0 takes the cores that other processes leave free, measured at waking and while it answers
    gpu_layers: int = -1  # layers on the GPU; -1 is all of them, where there is one
    _server: Any = field(default=None, init=False, repr=False)
    _warm: str = field(default="", init=False)  # digest of the system turn whose cache is in the slot
    _adapter: str = field(default="", init=False)  # digest of the loaded adapter
    _files: tuple[Path, Path | None] = field(default=(Path(), None), init=False, repr=False)  # the GGUF, and its LoRA
    _choice: ThreadChoice = field(default_factory=ThreadChoice, init=False, repr=False)
    _loading_s: float = field(default=0.0, init=False, repr=False)  # of a load, which a change of threads repeats

    @property
    def name(self) -> str:
        """The name of the weights."""
        return self.model.name

    @property
    def constrains(self) -> bool:
        """True."""
        return True

    def wake(self, adapter: Path | None = None) -> None:
        """Load the GGUF, or for an `adapter` its export, which is made first if it is missing.

        Raises `LlamaRefused`, `NoWeights`.
        """
        if self._server:
            return
        gguf, lora = self.model.gguf(self.home), None
        _library()  # before torch, which an export may need: both share the OpenMP that is loaded first
        if adapter:
            from rusta.mind.export.served import served

            gguf, lora, self._adapter = served(self.model, self.home, adapter)
        self._files = gguf, lora
        self._choice = ThreadChoice(self.threads)
        self._load(self._choice.first())
        if self._choice.current < self._choice.cores and not self.threads:
            aside(
                f"I think with {self._choice.current} of {self._choice.cores} cores: {self._choice.others:.1f} of them "
                f"are busy with something else. engine.threads={self._choice.cores} insists."
            )

    def _load(self, threads: int) -> None:
        began = time.perf_counter()
        gguf, lora = self._files
        llama = _library()
        params = llama.CommonParams()
        params.model.path = str(gguf)
        if lora:
            params.lora_adapters = [llama.CommonAdapterLoraInfo(str(lora), 1.0)]
        params.n_ctx = self.context
        params.n_parallel = 1
        params.n_gpu_layers = self.gpu_layers
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.cpuparams.poll = params.cpuparams_batch.poll = 0  # for builds without OpenMP: sleep between graphs
        params.port = 0  # the wheel's own server listens on a free port of 127.0.0.1
        params.hostnames = ["127.0.0.1"]
        params.warmup = False
        params.verbosity = -1
        params.ui = False
        params.slot_save_path = str(self._cache.made()) + "/"
        try:
            self._server = llama.Server(params)
        except Exception as error:  # the binding raises bare C++ exceptions as RuntimeError and others
            raise LlamaRefused(
                f"llama.cpp would not load {gguf} ({str(error).strip() or type(error).__name__}). If the file is damaged: "
                "rusta fetch"
            ) from None
        # If the wheel's server (2026.10) is dropped before its loop has started, the process cannot exit: one answered
        # request proves that the loop runs.
        self._post("/tokenize", {"content": ""})
        self._loading_s = time.perf_counter() - began

    def _adapt(self) -> None:
        """Before an answer, change the number of threads if that pays, and keep the evaluated prompt.

        The wheel (2026.10) cannot change the threads of a context, so the server is replaced: about a second for the
        0.5B, mostly for its vocabulary. The old server is dropped first, so that memory never holds two.
        """
        before = self._choice.current
        if (threads := self._choice.next(self._loading_s)) == before:
            return
        moving = self._cache.made() / f"{os.getpid()}.moving"
        saved = self._slot("save", moving.name)
        self._server = None
        try:
            self._load(threads)
            if not (saved and self._slot("restore", moving.name)):
                self._warm = ""
        finally:
            moving.unlink(missing_ok=True)

    def count(self, turns: Sequence[Turn]) -> int:
        """Return the number of tokens of the rendered prompt."""
        prompt = self._post("/apply-template", {"messages": [turn.as_message() for turn in turns]})["prompt"]
        return len(self._post("/tokenize", {"content": prompt, "parse_special": True})["tokens"])

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Stream the answer, a piece at a time. Raises `LlamaRefused` when llama.cpp reports an error."""
        began = time.perf_counter()  # before the identity prompt is evaluated: the user waits for that, too
        self._adapt()
        self._choice.begin()
        if turns and turns[0].role is Role.SYSTEM:
            self._warm_up(turns[0])
        request: dict[str, Any] = {
            "messages": [turn.as_message() for turn in turns],
            "stream": True,
            "cache_prompt": True,
            "max_tokens": generation.max_tokens,
            "temperature": generation.temperature,
            "top_p": generation.top_p,
            "repeat_penalty": generation.repetition_penalty,
            "seed": generation.seed,
        }
        if constraint and constraint.grammar:
            request["grammar"] = constraint.grammar
        elif constraint and constraint.json_schema:
            request["response_format"] = {"type": "json_schema", "json_schema": {"schema": constraint.json_schema}}
        said: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue()
        leave = threading.Event()

        def hear(chunk: Any) -> bool:
            for part in chunk if isinstance(chunk, list) else [chunk]:
                said.put(json.loads(part) if isinstance(part, (str, bytes)) else part)
            return leave.is_set()

        def work() -> None:
            try:
                self._server.handle_chat_completions(request, hear)
                said.put(None)
            except Exception as error:  # passed to the waiting thread, which raises it
                said.put(error)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            yield from _pieces(said, began)
        finally:
            leave.set()
            worker.join()
            self._choice.end()

    def _warm_up(self, identity: Turn) -> None:
        """Load the identity's cache into the slot: from the last conversation, from disk, or by evaluating it now."""
        digest = hashlib.sha256(
            f"{self.model.fingerprint(self.home)}{self._adapter}{self.context}{_library().__version__}{identity.text}".encode()
        ).hexdigest()
        if self._warm == digest:
            return
        self._warm = digest
        kept = self._cache.file(digest)
        if self._cache.sound(kept):
            if self._slot("restore", kept.name):
                return
            self._cache.drop(kept)
        self._cache.make_room()
        self._server.handle_chat_completions(
            {"messages": [identity.as_message()], "max_tokens": 1, "cache_prompt": True, "stream": False},
            lambda _: False,
        )
        making = kept.with_name(f"{kept.name}.{os.getpid()}.making")
        if self._slot("save", making.name):
            self._cache.keep(making, kept)
        making.unlink(missing_ok=True)  # without it (a full disk) the next start takes seconds longer

    def _slot(self, action: str, name: str) -> bool:
        """Save the slot's state to a file of the cache, or restore it. Returns whether that succeeded.

        On a full disk llama.cpp (wheel 2026.10) can report success for an incomplete file, so its length is checked.
        """
        try:
            written = self._post(f"/slots/0?action={action}", {"filename": name}).get("n_written")
            return written is None or written == (self._cache.folder / name).stat().st_size
        except OSError:
            return False

    @property
    def _cache(self) -> PromptCache:
        return PromptCache(self.home.models / "prompt-cache")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        from urllib.request import ProxyHandler, Request, build_opener

        request = Request(
            self._server.listening_address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        # Without HTTP_PROXY: a proxy for other machines must not see what is sent to this one.
        with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read())


def _library() -> Any:
    """Return the compiled module, which has no type information. Raises `LlamaRefused` if it is not installed."""
    try:
        with briefly_spinning():
            import xllamacpp
    except ImportError:
        raise LlamaRefused("llama.cpp is not here: pip install xllamacpp. Or: engine=transformers") from None
    return xllamacpp


def _pieces(said: "queue.Queue[dict[str, Any] | Exception | None]", began: float) -> Iterator[Piece]:
    tokens, first, finish, timings = 0, 0.0, "stop", {}
    while (part := said.get()) is not None:
        if isinstance(part, Exception):
            raise LlamaRefused(f"llama.cpp stopped: {part}") from None
        if error := part.get("error"):
            raise LlamaRefused(f"llama.cpp will not answer: {error.get('message', error)}")
        timings = part.get("timings") or timings
        for choice in part.get("choices", []):
            finish = choice.get("finish_reason") or finish
            if text := choice.get("delta", {}).get("content"):
                tokens += 1
                first = first or time.perf_counter() - began
                yield Piece(text, tokens)
    tokens = timings.get("predicted_n", tokens)
    yield Piece("", tokens, first, timings.get("predicted_per_second", 0.0), finish)
