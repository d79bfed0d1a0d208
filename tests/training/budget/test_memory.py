"""Yes or no, and the one change: what is proposed fits, and what costs less was tried first."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rusta.mind.adapters import Adapter
from rusta.mind.quantization import NF4, Unquantised
from rusta.mind.shape import Shape
from rusta.training.budget import footprint, memory
from rusta.training.budget.footprint import TrainingStep
from rusta.training.budget.memory import ERROR, DoesNotFit, MemoryRequest, MemoryVerdict
from rusta.training.budget.memory_request import processes

STRAND = Shape(5120, 48, 40, 8, 13824, 152_064)


def ask(gb: float = 22, rank: int = 128, tokens: int = 4096, policy: str = "auto", **more) -> MemoryRequest:
    step = TrainingStep(STRAND, NF4(), Adapter(rank=rank), "Muon", tokens, 4)
    return MemoryRequest(replace(step, **more), policy, True, round(gb * 1e9))


asks = st.builds(
    ask, gb=st.floats(1, 90), rank=st.sampled_from([8, 64, 128, 208, 512]), tokens=st.integers(64, 65_536),
    policy=st.sampled_from(["auto", "always", "never"]), quantization=st.sampled_from([NF4(), Unquantised()]),
    optimizer=st.sampled_from(["Muon", "AdamW"]), accumulate=st.sampled_from([1, 4]),
)  # fmt: skip


@given(asked=asks)
def test_the_change_that_is_named_is_the_first_that_fits(asked: MemoryRequest) -> None:
    tried = list(asked.changes())
    fitting = [words for words, answer in tried if answer.fits]
    assert asked.mend() == (fitting[0] if fitting else None)
    if not asked.answer.fits:
        assert (asked.mend() or "No single change") in asked.answer.verdict
        with pytest.raises(DoesNotFit, match="I will not begin"):
            memory.insist(asked)
    else:
        assert memory.insist(asked) is asked.answer


@given(asked=asks)
def test_more_of_anything_never_takes_less(asked: MemoryRequest) -> None:
    step = asked.answer.step
    more = [
        replace(step, tokens=2 * step.tokens),
        replace(step, adapter=replace(step.adapter, rank=2 * step.adapter.rank)),
    ]
    more += [replace(step, quantization=Unquantised())]
    assert all(sum(footprint.peak(other)[1].values()) >= asked.answer.allocated for other in more)


@given(asked=asks)
@example(asked=ask(gb=34, rank=128, tokens=64, quantization=Unquantised()))  # fits, by less than the error
def test_as_few_blocks_are_computed_again_as_fits_with_room_for_an_error(asked: MemoryRequest) -> None:
    def takes(blocks: int) -> int:
        return MemoryVerdict(asked, replace(asked.step, recompute=blocks)).total

    again, every = asked.answer.step.again, asked.step.adapted
    if asked.policy != "auto":
        assert again == {"always": every, "never": 0}[asked.policy]
    else:
        sure = (1 - ERROR) * asked.limit
        assert again == every or takes(again) <= sure
        assert all(takes(fewer) > sure for fewer in range(again))


@given(asked=asks)
def test_the_parts_are_the_whole(asked: MemoryRequest) -> None:
    answer = asked.answer
    assert (
        sum(answer.parts.values()) == answer.total > answer.allocated > footprint.base(STRAND, answer.step.quantization)
    )
    assert all(size > 0 for size in answer.parts.values())


def test_on_the_owners_card_the_design_fits_and_the_bf16_model_does_not() -> None:
    for rank in (128, 208):
        for tokens in (2048, 4096, 8192):
            assert ask(rank=rank, tokens=tokens).answer.fits
    refused = ask(quantization=Unquantised())
    assert refused.mend() == "quantization=nf4"
    assert ask(policy="never").mend() == "trainer.recompute=auto"
    assert ask(gb=5).mend() is None
    assert "take another body or model" in ask(gb=5).answer.verdict


def test_who_runs_out_hears_what_was_predicted() -> None:
    answer = ask().answer
    assert f"{answer.total / 1e9:.1f} of 22.0 GB" in memory.foretold(answer)


@pytest.mark.parametrize(("devices", "expected"), [(1, 1), (2, 2), ("2", 2), ([0, 1, 3], 3), ("auto", 1), (-1, 1)])
def test_processes_are_counted_where_the_setting_tells(devices: object, expected: int) -> None:
    assert processes({"devices": devices}) == expected


def test_together_each_keeps_the_place_of_its_gradients() -> None:
    alone, together = (ask(policy="always", accumulate=1, processes=n).answer for n in (1, 2))
    gradients = 4 * footprint.trainable(alone.step)
    assert together.parts["gradients"] == gradients
    assert 0 < together.allocated - alone.allocated <= gradients
