"""How much is read: the smallest bound wins, and the run says which it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import ConfigError
from rusta.training.reading_plan import Reading, plan

counts = st.integers(1, 10**6)


@given(
    width=st.integers(1, 16), accumulate=st.integers(1, 8), pages=st.integers(1, 500), length=st.integers(1, 4000),
    passes=st.floats(0.1, 10), phase=counts, body=st.none() | counts, own=st.none() | counts,
)  # fmt: skip
def test_the_smallest_bound_wins_and_is_named(width, accumulate, pages, length, passes, phase, body, own) -> None:
    tokens = pages * length
    found = plan(Reading(width, accumulate, tokens=own), pages, tokens, (phase, passes), body)
    bounds = {
        "the phase's passes": passes * tokens,
        "the phase's tokens": phase,
        "this body": body,
        "reading.tokens": own,
    }
    bounds = {name: bound for name, bound in bounds.items() if bound is not None}
    smallest = min(bounds.values())
    assert any(found.why.endswith(f"the bound is {name}.") for name, bound in bounds.items() if bound == smallest)
    a_step = length * width * accumulate
    assert found.steps >= 1
    assert found.steps == 1 or abs(found.steps * a_step - smallest) <= a_step / 2 + 1e-6
    assert found.tokens == pytest.approx(found.steps * a_step, abs=0.5)
    assert found.passes == pytest.approx(found.steps * a_step / tokens)
    assert found.why.startswith(f"{found.steps} steps") and f"over {pages} pages" in found.why


@given(body=st.integers(1, 10**6), more=st.integers(0, 10**6))
def test_a_larger_bound_never_means_fewer_steps(body: int, more: int) -> None:
    less, as_much = (plan(Reading(), 100, 50_000, (10**9, 100.0), bound).steps for bound in (body, body + more))
    assert less <= as_much


WRONG = [
    {"width": 0},
    {"accumulate": 0},
    {"longest": 15},
    {"development": 0.5},
    {"development": -0.1},
    {"tokens": 0},
    {"tokens": -5},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_makes_no_sense_is_refused_by_its_name(wrong: dict) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigError, match=f"{name}={value}"):
        Reading(**wrong)
