"""mode=train: train one phase, from the data check to the evaluation afterwards."""

import gc
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.home import need_room
from rusta.core.output import aside, hush, is_first_process, print_plain, tell_facts
from rusta.data.mix import check
from rusta.evaluation import sealed
from rusta.mind.compute import ComputeChoice
from rusta.registry import lineage
from rusta.registry.lineage import Phase
from rusta.registry.run_compute import computed
from rusta.training.budget import memory
from rusta.training.budget.forecast import Callbacks, base_is_judged, forecast, rates
from rusta.training.budget.memory_request import ask, on_gpu, processes
from rusta.training.phase_settings import PhaseSettings
from rusta.ui.terminal.verdict_table import show_verdict


@dataclass
class Train(PhaseSettings):
    """Trains one phase: `rusta +phase=personality`."""

    def run(self) -> float:
        """Train, evaluate, keep. Returns by how much the margin on the sealed pages rose (what sweeps sort by)."""
        if self.phase is None:
            raise ConfigError("mode=train raises a phase. Name one: rusta +phase=personality (--help lists them)")
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed={self.seed}: from 0 to {2**32 - 1}, what numpy takes.")
        hush()
        self.network.settle()
        check(self.data, self.replay, self.home)
        lineage.parent(self.phase, self.home, self.init_from)  # raises before anything is downloaded, opened or started
        need_room(Path(self.home.run), 2 * 10**8, "A run's checkpoints and files")
        if self.settings:  # empty where the mode was not built from a config
            self._plan(self.phase, self.settings)
        from rusta.training.budget.out_of_memory import in_words
        from rusta.training.training_run import TrainingRun

        began = time.monotonic()
        raising = TrainingRun(self)
        try:
            with in_words(self.reading, lambda: memory.foretold(self.planned) if self.planned else ""):
                found, run = raising.go()
        except KeyboardInterrupt:
            saved = any((raising.run / "checkpoints").glob("step-*.ckpt"))
            go_on = f"What was learned is saved. Go on: rusta +phase={self.phase.name} resume=last"
            aside(f"\nStopped. {go_on if saved else 'There was nothing to save yet.'}")
            from rusta.training.callbacks.checkpoints import Checkpoints

            asked = {callback.leaving for callback in self.callbacks if isinstance(callback, Checkpoints)}
            if signal.SIGTERM in asked:
                raise SystemExit(128 + signal.SIGTERM) from None
            raise
        finally:
            wandb = sys.modules.get("wandb")
            if wandb and wandb.run:  # else the next job of a sweep would write into this run
                wandb.finish()
            del raising
            gc.collect()
        self._tell(self.phase, found, run, time.monotonic() - began)
        return found.margin.mean

    def _plan(self, phase: Phase, settings: dict[str, Any]) -> None:
        """Choose the compute type, check that training fits, and predict its time. Raises `DoesNotFit`, `NotRaised`."""
        trainer = settings["trainer"]
        self.choice = self._chosen(phase, trainer)
        asked, extent = ask(self, settings["optimizer"]["_target_"], trainer, self.choice)
        self.planned = memory.insist(asked)
        self.choice = replace(self.choice, weights=self.planned.step.weights)
        # On a GPU the libraries are loaded soon anyway; on a CPU the measurement has been made already.
        probe, _ = rates(self.home, trainer, self.choice, measure=on_gpu(trainer) and is_first_process())
        if probe:
            watching, known = Callbacks.of(settings.get("callbacks") or {}), base_is_judged(self, self.choice)
            self.foretold = forecast(self, self.planned, extent, trainer, probe, watching, known)

    def _chosen(self, phase: Phase, trainer: dict[str, Any]) -> ComputeChoice:
        """Return what the run computes in: this machine's fastest, by default.

        A resumed run, or one started by its first process, keeps the choice it began with.
        """
        if self.resume:
            return computed(lineage.under_way(self.home, phase.name, self.resume), self.compute)
        if (
            not is_first_process() and (Path(self.home.run) / lineage.CARD).is_file()
        ):  # Lightning starts other processes after the first has written it
            return computed(Path(self.home.run), self.compute)
        return self.compute.choose(self.home, on_gpu(trainer), processes(trainer))

    def _tell(self, phase: Phase, found: sealed.SealedReport, run: Path, seconds: float) -> None:
        figures = {"phase": phase.name, "run": str(run), "seconds": round(seconds, 1), **found.as_dict()}
        asked = (
            f"\n{phase.question}\nAsk her: rusta +phase={phase.name} mode=chat    ({seconds / 60:.1f} minutes, {run})"
        )

        def tell() -> None:
            show_verdict(found)
            print_plain(asked)

        tell_facts(self.output, "trained", figures, tell)
