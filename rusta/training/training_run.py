"""One training run of a phase: load the base, train an adapter, evaluate it, and store it.

Every step prints a line with what was chosen and why.
"""

import hashlib
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import lightning
import torch

from rusta.core.errors import ConfigError
from rusta.core.output import aside, counted, is_first_process
from rusta.data.render import Example
from rusta.evaluation import report, sealed
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.mind import adapters, greedy, weights
from rusta.mind.attention import kernel_error
from rusta.registry import lineage, promotion, run_card
from rusta.registry.run_compute import raised_otherwise
from rusta.registry.run_lock import new_run, same_run
from rusta.training import process_group, resume_point, tensor_files
from rusta.training.budget import duration
from rusta.training.budget.forecast import spoken
from rusta.training.callbacks.agreement import ProcessAgreement
from rusta.training.callbacks.development import Development
from rusta.training.callbacks.samples import Samples
from rusta.training.lit_module import LitPhase, WentWrong
from rusta.training.page_stream import PageStream
from rusta.training.phase_settings import PhaseSettings
from rusta.training.prefix_cache import PrefixCache
from rusta.training.reading_plan import ReadingPlan, plan
from rusta.training.trainer import Trainer
from rusta.training.training_data import TrainingData, gather


class TrainingRun:
    """The work of `mode=train`, by the given settings."""

    def __init__(self, train: PhaseSettings) -> None:
        assert train.phase is not None
        self.of, self.phase = train, train.phase
        self.run = Path(train.home.run)
        self.began = time.monotonic()
        self.spent = {"learning": 0.0, "judging": 0.0}  # seconds

    def go(self) -> tuple[sealed.SealedReport, Path]:
        """Train the phase. Returns the result on the sealed pages, and the run's folder."""
        with ExitStack() as held:
            return self._go(held)

    def _go(self, held: ExitStack) -> tuple[sealed.SealedReport, Path]:
        """Train the phase. `held` keeps the lock on the run's folder until the end."""
        of, phase = self.of, self.phase
        aside(f"{phase.name}: {phase.purpose}")
        if of.planned:
            aside(f"memory: {of.planned.verdict}")
        aside(f"compute: {of.choice}")
        if of.choice.threads:
            torch.set_num_threads(of.choice.threads)
        if of.foretold:
            aside(f"time: about {spoken(of.foretold.duration.total)}, {of.foretold.words}")
        lightning.seed_everything(of.seed, workers=True, verbose=False)
        attention = self._attention()
        folder = of.model.folder(of.home)
        self.fingerprint = of.model.fingerprint(of.home)
        self.tokenizer = weights.tokenizer(folder)
        parent = self._parent(weights.count_blocks(folder))
        material = gather(of.data, of.replay, of.reading, of.home, self.tokenizer)
        if of.resume:
            self.run = lineage.under_way(of.home, phase.name, of.resume)
        if is_first_process():  # its other processes use the same folder
            self.run = held.enter_context((same_run if of.resume else new_run)(self.run))
        trainer = self._trainer()
        facts = self._facts(parent, material.facts, trainer.world_size) | {"attention": attention}
        checkpoint = resume_point.checkpoint_to_resume(self.run, phase.name, facts) if of.resume else None
        self.run.mkdir(parents=True, exist_ok=True)
        planned = self._plan(material, trainer)
        prefix = self._prefix(material, trainer, weights.count_blocks(folder))

        base = weights.wake(folder, of.quantization, of.attention, trainer.strategy.root_device, of.choice)
        with self._timed("judging"):
            bare = self._remembered(base) if is_first_process() else []
        model = self._adapted(base, parent)
        count = sum(p.numel() for p in model.parameters() if p.requires_grad)
        aside(f"{count:,} parameters learn (rank {of.adapter.rank}, {of.adapter.reach(base)}), on {of.model.name}.")
        facts |= {
            "trainable_parameters": count,
            "planned": {"steps": planned.steps, "tokens": planned.tokens, "passes": round(planned.passes, 2)},
        }
        if is_first_process():
            run_card.write(self.run, facts)
        # Only now: a run that was refused must not replace the interrupted one that resume=last finds.
        if of.sweep is None and is_first_process():
            lineage.begun(of.home, phase.name, self.run)

        self._attend(trainer, material.kept)
        with self._timed("learning"):
            read = self._learn(
                model, trainer, self._stream(material, trainer, planned), planned.steps, prefix, checkpoint
            )
        with tensor_files.told("what was learned", self.run):
            adapters.save(model.eval(), self.run / lineage.ADAPTER, self.fingerprint)
        with self._timed("judging"):
            found = self._judged(model, bare, trainer.global_step)
        facts |= {"steps": trainer.global_step, "tokens": read, "margin": round(found.margin.mean, 4),
                  "sealed": found.as_dict()}  # fmt: skip
        facts["time"] = self._time(checkpoint is not None)
        if prefix:
            facts["prefix"] = {"read": prefix.read, "computed": prefix.computed}
        with tensor_files.told("her life", of.home.life):
            run_card.write(self.run, facts)
            aside(promotion.promote(self.run, of.home, phase.name))
        if of.sweep is None:
            lineage.finished(of.home, phase.name, self.run)
        return found, self.run

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.spent[part] += time.monotonic() - began

    def _time(self, resumed: bool) -> dict[str, Any]:
        """Return the run's seconds and the predicted ones, and record them to correct the next plan."""
        took, told = time.monotonic() - self.began, self.of.foretold
        found = {"took_s": round(took, 1), "computing_s": {part: round(spent, 1) for part, spent in self.spent.items()}}
        if told is None or resumed:
            return {**found, "predicted_s": None}
        with suppress(OSError):  # a home that is not writable, or a full disk: only the next prediction is less exact
            duration.learn(self.of.home, told.key, told.plain.learning + told.plain.judging, sum(self.spent.values()))
        return {**found, "predicted_s": round(told.duration.total, 1), "predicted": told.words}

    def _attention(self) -> dict[str, Any]:
        """Print the attention kernels and return them for the card.

        The chosen one is for samples: training has its own.
        """
        name, why = self.of.attention.choose()
        off = kernel_error("sdpa")
        aside(f"attention: torch's own, page by page; samples: {name} ({why})")
        return {"training": "sdpa, page by page", "off": float(f"{off:.2g}"), "samples": name, "why": why}

    def _parent(self, blocks: int) -> Path | None:
        """Return the adapter to start from, after checking that it can be trained further with these settings."""
        found, words = lineage.parent(self.phase, self.of.home, self.of.init_from)
        aside(words)
        if found is not None:
            adapters.check(found, self.fingerprint, self.of.adapter, blocks, self.of.quantization)
            if otherwise := raised_otherwise(found, self.of.choice):
                aside(otherwise)
        return found

    def _trainer(self) -> Trainer:
        of = self.of
        trainer = of.trainer(
            accumulate_grad_batches=of.reading.accumulate,
            callbacks=[ProcessAgreement(), *of.callbacks],
            logger=list(of.loggers),
            default_root_dir=str(self.run),
        )
        if trainer.num_devices > 1 and of.sweep is not None:
            raise ConfigError(
                f"trainer.devices={trainer.num_devices} in a sweep: each process that Lightning starts would begin the whole "
                "sweep anew. One run at a time on several devices, or a sweep with one for each run: trainer.devices=1"
            )
        return trainer

    def _plan(self, material: TrainingData, trainer: Trainer) -> ReadingPlan:
        of, bounds = self.of, (self.phase.tokens, self.phase.passes)
        found = plan(of.reading, *material.size, bounds, of.body.tokens, trainer.world_size)
        trainer.take(found.steps)
        aside(found.why)
        return found

    def _stream(self, material: TrainingData, trainer: Trainer, planned: ReadingPlan) -> PageStream:
        reading, world = self.of.reading, trainer.world_size
        return PageStream(
            material.learning,
            material.replayed,
            self.of.replay.ratio,
            self.of.seed,
            reading.width,
            planned.steps * reading.accumulate * world,
            trainer.global_rank,
            world,
            reading.batch_tokens,
        )

    def _prefix(self, material: TrainingData, trainer: Trainer, blocks: int) -> PrefixCache | None:
        """Return the prefix cache, if it is enabled, with room for every page."""
        if trainer.prefix_cache == "none":
            return None
        of, below = self.of, self.of.adapter.layers(blocks)[0]
        key = f"{self.fingerprint} {of.quantization}{of.choice.tag} below {below}"
        cache = PrefixCache(of.home.models / "prefix-cache", key, of.choice.width)
        texts = [example.ids for example, _ in (*material.learning, *material.replayed)]
        cache.make_room(texts, of.model.measure(of.home).hidden, trainer.prefix_cache_gb)
        aside(f"What enters block {below} is kept in {cache.folder}.")
        return cache

    def _remembered(self, base: Any) -> list[sealed.Pair]:
        """Return the bare base's scores on the sealed pages: computed at its first training, then cached."""
        key = f"{self.fingerprint} {self.of.quantization}{self.of.choice.tag}"

        def compute() -> list[sealed.Pair]:
            return sealed.score(
                base, self.tokenizer, self.of.model.context, counted("the sealed pages, as the bare base")
            )

        return sealed.remembered(self.of.home.models / "sealed", key, compute)

    def _adapted(self, base: Any, parent: Path | None) -> Any:
        if parent is None:
            return self.of.adapter.attach(base, self.of.seed).train()
        return adapters.load(base, parent, self.fingerprint, trainable=True).train()

    def _attend(self, trainer: Trainer, kept: list[Example]) -> None:
        """Give the callbacks the functions that only a run can provide."""
        for callback in self.of.callbacks:
            if isinstance(callback, Development) and kept:
                callback.read = lambda model: sum(found.all for found in sealed.nats(model, kept)) / len(kept)
            if isinstance(callback, Samples):
                callback.answer = self._answers

    def _answers(self, model: Any, prompts: Sequence[str], tokens: int) -> list[str]:
        texts = [
            self.tokenizer.apply_chat_template(
                [NAME.as_message(), Turn(Role.PERSON, prompt).as_message()], tokenize=False, add_generation_prompt=True
            )
            for prompt in prompts
        ]
        _, made = greedy.answers(model, self.tokenizer, texts, tokens)
        return [self.tokenizer.decode(answer, skip_special_tokens=True).strip() for answer in made]

    def _learn(
        self,
        model: Any,
        trainer: Trainer,
        stream: PageStream,
        steps: int,
        prefix: PrefixCache | None,
        checkpoint: Path | None,
    ) -> int:
        """Train, and return the number of tokens read. Only the first process returns."""
        of = self.of
        apprentice = LitPhase(
            model,
            of.optimizer,
            of.scheduler,
            steps,
            prefix,
            recompute=of.planned.step.recompute if of.planned else 0,
        )
        at = str(checkpoint) if checkpoint else None
        try:
            with process_group.company(trainer), _threads_stay(of.choice.threads):
                trainer.fit(apprentice, train_dataloaders=stream, ckpt_path=at, weights_only=True)
        except SystemExit as end:
            if end.code:  # Lightning's form of Ctrl-C
                raise KeyboardInterrupt from None
            raise
        if not is_first_process():
            raise SystemExit(0)  # the first process holds the result of all
        return apprentice.read

    def _judged(self, model: Any, bare: list[sealed.Pair], steps: int) -> sealed.SealedReport:
        """Evaluate on the sealed pages, and write the report. Raises `WentWrong` if the result is not finite."""
        of = self.of
        after = sealed.score(model, self.tokenizer, of.model.context, counted("the sealed pages"))
        found = sealed.compare(bare, after, of.seed)
        if not math.isfinite(found.margin.mean):  # no later loss would show a fault of the last step
            raise WentWrong(
                f"After the last step ({steps}) the sealed pages read {found.margin.mean}. I keep none of it as "
                f"{self.phase.name}: what {of.home.life / self.phase.name} held before, it holds. Begin anew with a smaller "
                "step (optimizer.lr=...); resume=last would come to the same."
            )
        report.write(self.run, found)
        for logger in of.loggers:
            logger.log_metrics({f"sealed/{k}": v for k, v in report.flat(found).items()}, step=steps)
        return found

    def _facts(self, parent: Path | None, data: dict[str, Any], processes: int) -> dict[str, Any]:
        """Return the run card, as far as it is known before the model is loaded."""
        of = self.of
        return {
            "phase": self.phase.name,
            "parent": str(parent) if parent else None,
            "parent_hash": _file_hash(parent / "adapter_model.safetensors") if parent else None,
            "model": of.model.name,
            "model_hash": self.fingerprint,
            "body": of.body.name,
            "data": data,
            "processes": processes,
            "compute": of.choice.facts(),
            "sweep": of.sweep,
            **run_card.origins(),
            "settings": of.settings,
        }


@contextmanager
def _threads_stay(threads: int) -> Iterator[None]:
    """Keep Lightning from changing torch's number of threads, and start its other processes with the same number."""
    before = os.environ.get("OMP_NUM_THREADS")
    if threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        yield
    finally:
        if threads and before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        elif before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
