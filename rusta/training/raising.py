"""One phase, lived: wake, read, learn, ask, keep. Every step says in a line what was chosen and why."""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning
import torch

from rusta.data.mix import weighted
from rusta.data.pages import Page
from rusta.data.render import Example, render
from rusta.errors import ConfigError
from rusta.evaluation import report, sealed
from rusta.identity.identity import NAME
from rusta.identity.turns import Role, Turn
from rusta.mind import adapters, weights
from rusta.mind.dora import at_rest
from rusta.terminal import aside, counted, first
from rusta.training import card, life, ranks, whole
from rusta.training.apprentice import Apprentice, WentWrong
from rusta.training.callbacks.agreement import Agreement
from rusta.training.callbacks.development import Development
from rusta.training.callbacks.samples import Samples
from rusta.training.forward import first_adapted
from rusta.training.prefix import PrefixCache
from rusta.training.reading import Plan, plan
from rusta.training.stream import Stream
from rusta.training.trainer import Trainer

if TYPE_CHECKING:
    from rusta.modes.train import Train

# What must not differ between a run and the run it goes on with: it would be another run.
FIXED = ("adapter", "data", "model", "optimizer", "phase", "quantization", "reading", "replay", "scheduler", "seed")


class Raising:
    """The work of `mode=train`, which holds the settings."""

    def __init__(self, train: "Train") -> None:
        assert train.phase is not None
        self.of, self.phase = train, train.phase
        self.run = Path(train.home.run)

    def go(self) -> tuple[sealed.Report, Path]:
        """Live the phase. Returns what the sealed pages say, and the run's folder."""
        of, phase = self.of, self.phase
        aside(f"{phase.name}: {phase.purpose}")
        if of.planned:
            aside(f"memory: {of.planned.verdict}")
        lightning.seed_everything(of.seed, workers=True, verbose=False)
        kernel, why = of.attention.choose()
        aside(f"attention: {kernel} ({why})")

        folder = of.model.folder(of.home)
        self.fingerprint = of.model.fingerprint(of.home)
        self.tokenizer = weights.tokenizer(folder)
        parent, words = life.parent(phase, of.home, of.init_from)
        aside(words)
        if parent is not None:
            adapters.check(parent, self.fingerprint, of.adapter, weights.blocks(folder))
        learning, kept = self._pages()
        if of.resume:
            self.run = life.under_way(of.home, phase.name, of.resume)
        trainer = self._trainer()
        checkpoint = self._resumed(learning, trainer.world_size)
        self.run.mkdir(parents=True, exist_ok=True)
        stream, planned = self._stream(learning, trainer)
        trainer.take(planned.steps)
        self._attend(trainer, kept)
        aside(planned.why)

        base = weights.wake(folder, of.quantization, of.attention, trainer.strategy.root_device)
        remembered = self._remembered(base) if first() else []
        model = self._adapted(base, parent)
        count = sum(p.numel() for p in model.parameters() if p.requires_grad)
        aside(f"{count:,} parameters learn (rank {of.adapter.rank}, {of.adapter.reach(base)}), on {of.model.name}.")
        prefix = self._prefix(trainer, model, learning)
        apprentice = Apprentice(
            model,
            of.optimizer,
            of.scheduler,
            planned.steps,
            prefix,
            recompute=of.planned.step.recompute if of.planned else 0,
        )
        facts = self._facts(parent, learning, kept, planned, count) | {"processes": trainer.world_size}
        if first():
            card.write(self.run, facts)
        # Only now: a run that is refused must not hide from resume=last one that was broken off.
        if of.sweep is None and first():
            life.begun(of.home, phase.name, self.run)

        try:
            with ranks.company(trainer):
                trainer.fit(apprentice, train_dataloaders=stream, ckpt_path=checkpoint, weights_only=True)
        except SystemExit as end:
            if end.code:  # what Lightning makes of Ctrl-C
                raise KeyboardInterrupt from None
            raise
        if not first():
            raise SystemExit(0)  # the first process has what all of them learned
        model.eval()
        adapters.save(model, self.run / life.ADAPTER, self.fingerprint)
        after = sealed.score(model, self.tokenizer, of.model.context, counted("the sealed pages"))
        found = sealed.compare(remembered, after, of.seed)
        if not math.isfinite(found.margin.mean):  # of the last step no later loss tells
            raise WentWrong(
                f"After the last step ({trainer.global_step}) the sealed pages read {found.margin.mean}. I keep none of it as "
                f"{phase.name}: what {of.home.life / phase.name} held before, it holds. Begin anew with a smaller step "
                "(optimizer.lr=...); resume=last would come to the same."
            )
        report.write(self.run, found)
        for logger in of.loggers:
            logger.log_metrics({f"sealed/{k}": v for k, v in report.flat(found).items()}, step=trainer.global_step)
        facts |= {"steps": trainer.global_step, "tokens": apprentice.read, "margin": round(found.margin.mean, 4),
                  "sealed": found.as_dict()}  # fmt: skip
        if prefix:
            facts["prefix"] = {"read": prefix.read, "computed": prefix.computed}
        card.write(self.run, facts)
        aside(life.promote(self.run, of.home, phase.name))
        if of.sweep is None:
            life.finished(of.home, phase.name)
        return found, self.run

    def _resumed(self, learning: list[tuple[Page, float]], processes: int) -> str | None:
        """The newest checkpoint of the run to go on with, after checking that it is the same run."""
        if not self.of.resume:
            return None
        then, now = life.card(self.run), {"model_hash": self.fingerprint, "data": {"hash": _hash(learning)}}
        if lacking := {*now, "settings"} - then.keys():
            raise life.NotRaised(f"{self.run / life.CARD} lacks {', '.join(sorted(lacking))}: this is no run of mine.")
        changed = _changed(_fixed(then["settings"], then.get("processes", 1)), _fixed(self.of.settings, processes))
        changed += _changed({"model_hash": then["model_hash"], "data": {"hash": then["data"]["hash"]}}, now)
        if changed:
            raise life.NotRaised(
                f"{self.run} was begun differently: {'; '.join(changed)}. That would be another run: ask for the same, or begin "
                f"anew: rusta +phase={self.phase.name}"
            )
        checkpoints = sorted((self.run / "checkpoints").glob("step-*.ckpt"), reverse=True)
        for checkpoint in checkpoints:
            wrong = whole.readable(checkpoint)
            if wrong is None:
                aside(f"I go on with {self.run} from {checkpoint.name}.")
                return str(checkpoint)
            aside(f"{checkpoint.name} is broken ({wrong}). I go back to the one before it.")
        if checkpoints:
            raise life.NotRaised(
                f"No checkpoint in {self.run / 'checkpoints'} can be read. Begin anew: rusta +phase={self.phase.name}"
            )
        aside(f"{self.run} was stopped before its first checkpoint: I begin it anew.")
        return None

    def _pages(self) -> tuple[list[tuple[Page, float]], list[Page]]:
        """Pages to learn from with their weights, and pages kept for stopping in time, chosen by their names."""
        everything = weighted(self.of.data.sources, self.of.home)
        share = self.of.reading.development
        kept = [page for page, _ in everything if _lot(page) < share]
        return [(page, weight) for page, weight in everything if _lot(page) >= share], kept

    def _stream(self, learning: list[tuple[Page, float]], trainer: Trainer) -> tuple[Stream, Plan]:
        of = self.of
        examples = self._rendered(learning)
        if not examples:
            raise ConfigError(
                f"reading.longest={of.reading.longest} cuts every page of {of.data.name} before the first word to learn. "
                "Let her read on: reading.longest=1024"
            )
        replayed = self._rendered(weighted(of.replay.sources, of.home))
        tokens = sum(round(len(example.ids) * weight) for example, weight in examples)
        pages = max(1, round(sum(weight for _, weight in examples)))
        world = trainer.world_size
        planned = plan(of.reading, pages, tokens, (self.phase.tokens, self.phase.passes), of.body.tokens, world)
        batches = planned.steps * of.reading.accumulate * world
        stream = Stream(
            examples,
            replayed,
            of.replay.ratio,
            of.seed,
            of.reading.width,
            batches,
            trainer.global_rank,
            world,
            of.reading.batch_tokens,
        )
        return stream, planned

    def _rendered(self, pages: list[tuple[Page, float]]) -> list[tuple[Example, float]]:
        """As tokens. A page of which the cut leaves nothing that carries loss is left out."""
        found = [(render(page, self.tokenizer, self.of.reading.cut), weight) for page, weight in pages]
        return [(example, weight) for example, weight in found if example.carries]

    def _remembered(self, base: Any) -> list[sealed.Pair]:
        """What the bare base thinks of the sealed pages: computed at its first training, and kept."""
        key = f"{self.fingerprint} {self.of.quantization}"

        def compute() -> list[sealed.Pair]:
            return sealed.score(
                base, self.tokenizer, self.of.model.context, counted("the sealed pages, as the bare base")
            )

        return sealed.remembered(self.of.home.models / "sealed", key, compute)

    def _adapted(self, base: Any, parent: Path | None) -> Any:
        if parent is None:
            return self.of.adapter.attach(base, self.of.seed).train()
        return adapters.load(base, parent, self.fingerprint, trainable=True).train()

    def _prefix(self, trainer: Trainer, model: Any, learning: list[tuple[Page, float]]) -> PrefixCache | None:
        """What keeps the frozen blocks' work, if that is asked for, with room for every page there is."""
        if trainer.prefix_cache == "none":
            return None
        of, core = self.of, weights.body_and_head(model)[0]
        key = f"{self.fingerprint} {of.quantization} below {first_adapted(core)}"
        cache = PrefixCache(of.home.models / "prefix-cache", key)
        examples = self._rendered(learning) + self._rendered(weighted(of.replay.sources, of.home))
        distinct = {tuple(example.ids) for example, _ in examples}
        cache.make_room(map(len, distinct), core.config.hidden_size, trainer.prefix_cache_gb)
        aside(f"What enters block {first_adapted(core)} is kept in {cache.folder}.")
        return cache

    def _trainer(self) -> Trainer:
        of = self.of
        trainer = of.trainer(
            accumulate_grad_batches=of.reading.accumulate,
            callbacks=[Agreement(), *of.callbacks],
            logger=list(of.loggers),
            default_root_dir=str(self.run),
        )
        if trainer.num_devices > 1 and of.sweep is not None:
            raise ConfigError(
                f"trainer.devices={trainer.num_devices} in a sweep: each process that Lightning starts would begin the whole "
                "sweep anew. One run at a time on several devices, or a sweep with one for each run: trainer.devices=1"
            )
        return trainer

    def _attend(self, trainer: Trainer, kept: list[Page]) -> None:
        """Tell the callbacks what only a run knows."""
        examples = [example for example, _ in self._rendered([(page, 1.0) for page in kept])]
        for callback in self.of.callbacks:
            if isinstance(callback, Development) and examples:
                callback.read = lambda model: _mean_nats(model, examples)
            if isinstance(callback, Samples):
                callback.answer = self._answers

    def _answers(self, model: Any, prompts: Sequence[str], tokens: int) -> list[str]:
        """Greedy, all at once: on a CPU a step costs the same for three answers as for one."""
        texts = [
            self.tokenizer.apply_chat_template(
                [NAME.as_message(), Turn(Role.PERSON, prompt).as_message()], tokenize=False, add_generation_prompt=True
            )
            for prompt in prompts
        ]
        batch = self.tokenizer(texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False)
        batch = batch.to(model.device)
        with torch.inference_mode(), at_rest(model):
            made = model.generate(
                **batch, max_new_tokens=tokens, do_sample=False, use_cache=True, temperature=None, top_p=None, top_k=None,
                pad_token_id=self.tokenizer.pad_token_id,
            )  # fmt: skip
        cut = batch["input_ids"].shape[1]
        return [self.tokenizer.decode(answer[cut:], skip_special_tokens=True).strip() for answer in made]

    def _facts(
        self, parent: Path | None, learning: list[tuple[Page, float]], kept: list[Page], planned: Plan, count: int
    ) -> dict[str, Any]:
        of = self.of
        return {
            "phase": self.phase.name,
            "parent": str(parent) if parent else None,
            "parent_hash": _file_hash(parent / "adapter_model.safetensors") if parent else None,
            "model": of.model.name,
            "model_hash": self.fingerprint,
            "body": of.body.name,
            "attention": of.attention.choose()[0],
            "data": {
                "mix": of.data.name,
                "pages": len(learning),
                "development_pages": [page.path.stem for page in kept],
                "hash": _hash(learning),
            },
            "trainable_parameters": count,
            "planned": {"steps": planned.steps, "tokens": planned.tokens, "passes": round(planned.passes, 2)},
            "sweep": of.sweep,
            **card.origins(),
            "settings": of.settings,
        }


def _hash(pages: list[tuple[Page, float]]) -> str:
    return card.digest([page.hers for page, _ in pages])


def _fixed(settings: dict[str, Any], processes: int) -> dict[str, Any]:
    """What must not differ. Over how many processes the batches of a step are spread may: all read the same pages."""
    found = {name: settings.get(name) for name in FIXED}
    reading = dict(found["reading"] or {})
    reading["accumulate times processes"] = reading.pop("accumulate", 1) * processes
    return {**found, "reading": reading}


def _changed(then: Any, now: Any, name: str = "") -> list[str]:
    """Every setting that differs, as "name was then and is now"."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [
            said
            for key in {**then, **now}
            for said in _changed(then.get(key), now.get(key), f"{name}.{key}".lstrip("."))
        ]
    return [] if then == now else [f"{name} was {then} and is {now}"]


def _lot(page: Page) -> float:
    """A number in [0, 1) that belongs to the page for good, by its name and its folder's."""
    name = f"{page.path.parent.name}/{page.path.stem}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32


def _mean_nats(model: Any, examples: list[Example]) -> float:
    return sum(found.all for found in sealed.nats(model, examples)) / len(examples)


def _file_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
