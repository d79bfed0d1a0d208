"""Engine for transformers: four-bit or plain weights, in the dtype that computes fast, with an unmerged adapter."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.output import aside
from rusta.identity.turns import Turn
from rusta.mind.attention import Attention
from rusta.mind.compute import Compute
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.model import Model
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.threads import ThreadChoice, briefly_spinning, cores


class CannotConstrain(RustaError):
    """Constrained output was requested from an engine that does not support it."""


@dataclass
class Transformers:
    """The `transformers` engine. Weights are quantised as they are loaded.

    `threads=0` uses the cores that other processes leave free, measured at loading and during answers, and never more
    than torch was given (`OMP_NUM_THREADS`); another number is used unconditionally. On a GPU it has no effect.
    """

    model: Model
    quantization: NF4 | Unquantised
    attention: Attention
    home: Home
    compute: Compute = field(default_factory=Compute)
    context: int = 8192  # tokens, prompt and answer together
    threads: int = 0  # of a CPU; 0 takes the cores that other processes leave free, at most OMP_NUM_THREADS
    _choice: ThreadChoice | None = field(default=None, init=False, repr=False)  # None on a GPU
    _awake: Any = field(default=None, init=False, repr=False)
    _tokenizer: Any = field(default=None, init=False, repr=False)
    _adapted: bool = field(default=False, init=False, repr=False)

    @property
    def name(self) -> str:
        """The name of the weights."""
        return self.model.name

    @property
    def constrains(self) -> bool:
        """False: no grammar is enforced here."""
        return False

    def wake(self, adapter: Path | None = None) -> None:
        """Load the weights and the adapter. Raises `NoWeights`, `WrongBase`, `CannotWake`."""
        if self._awake is not None:
            return
        with briefly_spinning():
            import torch
        from rusta.mind import adapters, weights

        if adapter:
            adapters.check_base(adapter, self.model.fingerprint(self.home))
            if words := adapters.held_otherwise(adapter, self.quantization):
                aside(words)
        folder = self.model.folder(self.home)
        self._tokenizer = weights.tokenizer(folder)
        choice = weights.computing(self.compute, self.home, self.model.measure(self.home))
        aside(f"compute: {choice}")
        self._awake = weights.wake(folder, self.quantization, self.attention, compute=choice)
        if self._awake.device.type == "cpu":
            self._choice = ThreadChoice(self.threads, min(cores(), torch.get_num_threads()))
            self._choice.first()
        if adapter:
            self._awake = adapters.load(self._awake, adapter, self.model.fingerprint(self.home)).eval()
            self._adapted = True

    def count(self, turns: Sequence[Turn]) -> int:
        """Return the number of tokens of the rendered prompt."""
        return len(self._prompt(turns))

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        """Stream the answer, a piece at a time. Raises `CannotConstrain` if a constraint is given."""
        import torch
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        if constraint:
            raise CannotConstrain("Constrained output needs engine=llama_cpp (or an endpoint); transformers has none.")
        ids = torch.tensor([self._prompt(turns)], device=self._awake.device)
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        leave, made, failed = threading.Event(), [0], []
        if self._choice:
            self._choice.next()
            self._choice.begin()

        def stop(sequence: torch.Tensor, _: object, **__: object) -> torch.Tensor:
            made[0] = sequence.shape[1] - ids.shape[1]
            return torch.full((sequence.shape[0],), leave.is_set(), device=sequence.device)

        sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if generation.temperature > 0:
            sampling = {"do_sample": True, "temperature": generation.temperature, "top_p": generation.top_p, "top_k": 0}

        def work() -> None:
            try:
                with torch.inference_mode(), torch.random.fork_rng(), self._at_rest(), self._threads():
                    torch.manual_seed(generation.seed)
                    self._awake.generate(
                        ids,
                        attention_mask=torch.ones_like(ids),
                        max_new_tokens=generation.max_tokens,
                        repetition_penalty=generation.repetition_penalty,
                        use_cache=True,
                        streamer=streamer,
                        stopping_criteria=StoppingCriteriaList([stop]),
                        pad_token_id=self._tokenizer.pad_token_id,
                        eos_token_id=self._tokenizer.eos_token_id,
                        **sampling,
                    )
            except BaseException as error:  # passed to the waiting thread, which raises it
                failed.append(error)
                streamer.end()

        began = time.perf_counter()
        first = 0.0
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            for text in streamer:
                if text:
                    first = first or time.perf_counter() - began
                    yield Piece(text, max(made[0], 1))
        finally:
            leave.set()
            worker.join()
            if self._choice:
                self._choice.end()
        if failed:
            raise failed[0]
        passed = max(time.perf_counter() - began - first, 1e-9)
        finish = "length" if made[0] >= generation.max_tokens else "stop"
        yield Piece("", made[0], first, max(made[0] - 1, 0) / passed, finish)

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """Set torch's threads for this answer; other work in this process keeps its own number."""
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self._choice.current if self._choice else before)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _at_rest(self) -> AbstractContextManager[None]:
        if not self._adapted:
            return nullcontext()
        from rusta.mind.dora import at_rest

        return at_rest(self._awake)

    def _prompt(self, turns: Sequence[Turn]) -> list[int]:
        text = self._tokenizer.apply_chat_template(
            [turn.as_message() for turn in turns], tokenize=False, add_generation_prompt=True
        )
        return self._tokenizer(text, add_special_tokens=False).input_ids
