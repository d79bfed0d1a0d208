"""The compute settings of a resumed run, which must stay as they were for bit-identical steps, and of a parent."""

from contextlib import suppress
from pathlib import Path

from rusta.mind.compute import WEIGHTS, Compute, ComputeChoice
from rusta.mind.compute_rates import DTYPES
from rusta.registry import lineage


def computed(run: Path, asked: Compute) -> ComputeChoice:
    """Return the compute settings `run` started with. Others would give other bits, so it keeps them.

    Runs from before this setting existed used bf16 from packed weights. Raises `NotRaised` if `asked` differs.
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
            ("threads", found.threads, asked.threads if found.threads else 0),  # threads have no effect on a GPU
        )
        if now not in ("auto", 0, began)
    ]:
        raise lineage.NotRaised(
            f"{run} was begun differently: {'; '.join(changed)}. That would be another run: leave it out and go on "
            "(resume=last), or begin anew (without resume=)"
        )
    return found


def raised_otherwise(adapter: Path, choice: ComputeChoice) -> str | None:
    """Return a notice if a parent adapter was trained in another dtype than the one it is to be trained further in."""
    with suppress(lineage.NotRaised, AttributeError):  # a peft folder from elsewhere has no card
        was = (lineage.card(adapter.parent).get("compute") or {}).get("dtype", DTYPES[0])
        if was in DTYPES and was != choice.dtype:
            return (
                f"{adapter.parent} was raised computing in {was}, and goes on in {choice.dtype}. What was learned is float32 and "
                f"stays as it is; each product rounds a little otherwise. As it was: compute={was}"
            )
    return None
