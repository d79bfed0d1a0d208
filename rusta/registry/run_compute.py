"""What a run computes in when it goes on: as it began, or its steps would come to other bits. And what a parent computed in."""

from contextlib import suppress
from pathlib import Path

from rusta.mind.compute import WEIGHTS, Compute, ComputeChoice
from rusta.mind.compute_rates import DTYPES
from rusta.registry import lineage


def computed(run: Path, asked: Compute) -> ComputeChoice:
    """What `run` began to compute in, which it keeps: in another type or with other threads it would come to other bits.

    Runs of before that was chosen computed in bf16 from packed weights. Raises `NotRaised` where another is asked for.
    """
    said = lineage.begun_card(run).get("compute", {})
    said = said if isinstance(said, dict) else {"compute": said}
    dtype, weights, threads = said.get("dtype", DTYPES[0]), said.get("weights", WEIGHTS[0]), said.get("threads", 0)
    good = "compute" not in said and dtype in DTYPES and weights in WEIGHTS and type(threads) is int and threads >= 0
    if not good:
        raise lineage.NotRaised(
            f"{run / lineage.CARD} says that it computes in {said!r}: this is no run of mine. Begin anew: rusta +phase=NAME"
        )
    found = ComputeChoice(dtype, weights, threads, "as the run began")
    if changed := [
        f"compute.{name} was {began} and is {now}"
        for name, began, now in (
            ("dtype", found.dtype, asked.dtype),
            ("weights", found.weights, asked.weights),
            ("threads", found.threads, asked.threads if found.threads else 0),  # on a GPU they mean nothing
        )
        if now not in ("auto", 0, began)
    ]:
        raise lineage.NotRaised(
            f"{run} was begun differently: {'; '.join(changed)}. That would be another run: leave it out and go on "
            "(resume=last), or begin anew (without resume=)"
        )
    return found


def raised_otherwise(adapter: Path, choice: ComputeChoice) -> str | None:
    """What to say where the adapter of a life was raised in another type than it is to be trained further in."""
    with suppress(lineage.NotRaised, AttributeError):  # a peft folder from elsewhere has no card
        was = (lineage.card(adapter.parent).get("compute") or {}).get("dtype", DTYPES[0])
        if was in DTYPES and was != choice.dtype:
            return (
                f"{adapter.parent} was raised computing in {was}, and goes on in {choice.dtype}. What was learned is float32 and "
                f"stays as it is; each product rounds a little otherwise. As it was: compute={was}"
            )
    return None
