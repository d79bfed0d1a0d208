"""Resume an interrupted run: only with the same settings, and from the newest checkpoint that is readable."""

import re
from pathlib import Path
from typing import Any

from rusta.core.output import aside
from rusta.registry import lineage
from rusta.training import tensor_files

NAMED = re.compile(r"step-([0-9]+)\.ckpt")  # other files in the folder are ignored
# Settings that must not differ between a run and its resumption.
FIXED = ("adapter", "data", "model", "optimizer", "phase", "quantization", "reading", "replay", "scheduler", "seed")


def checkpoint_to_resume(run: Path, phase: str, now: dict[str, Any]) -> Path | None:
    """Return the checkpoint of `run` from which the run with card `now` resumes; None if it has no checkpoint yet.

    Raises `NotRaised` if the settings differ, and if no checkpoint can be read.
    """
    then = lineage.begun_card(run)
    if changed := _changed(_fixed(then), _fixed(now)):
        raise lineage.NotRaised(
            f"{run} was begun differently: {'; '.join(changed)}. That would be another run: ask for the same, or begin "
            f"anew: rusta +phase={phase}"
        )
    numbered = ((NAMED.fullmatch(path.name), path) for path in (run / "checkpoints").glob("step-*.ckpt"))
    found = sorted(((int(name[1]), path) for name, path in numbered if name), reverse=True)  # numerically, not as text
    for _, path in found:
        wrong = tensor_files.readable(path)
        if wrong is None:
            aside(f"I go on with {run} from {path.name}.")
            return path
        aside(f"{path.name} is broken ({wrong}). I go back to the one before it.")
    if found:
        raise lineage.NotRaised(f"No checkpoint in {run / 'checkpoints'} can be read. Begin anew: rusta +phase={phase}")
    aside(f"{run} was stopped before its first checkpoint: I begin it anew.")
    return None


def _fixed(card: dict[str, Any]) -> dict[str, Any]:
    """Return what must not differ. The number of processes may, as long as a step reads the same pages."""
    try:
        found = {name: card["settings"].get(name) for name in FIXED}
        reading = dict(found["reading"] or {})
        reading["accumulate times processes"] = int(reading.pop("accumulate", 1)) * int(card.get("processes", 1))
        return {**found, "reading": reading, "model_hash": card["model_hash"], "data.hash": card["data"]["hash"]}
    except (AttributeError, TypeError, ValueError, KeyError, IndexError) as error:
        raise lineage.NotRaised(
            f"The run card is damaged ({type(error).__name__}: {error}): this is no run of mine. Begin anew: rusta +phase=NAME"
        ) from None


def _changed(then: Any, now: Any, name: str = "") -> list[str]:
    """Return every setting that differs, as "name was then and is now"."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [
            said
            for key in {**then, **now}
            for said in _changed(then.get(key), now.get(key), f"{name}.{key}".lstrip("."))
        ]
    return [] if then == now else [f"{name} was {then} and is {now}"]
