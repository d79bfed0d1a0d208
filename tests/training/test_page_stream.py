"""The n-th batch is a function of the seed and n: whatever else is said, nothing is remembered."""

from collections import Counter
from itertools import islice

import torch
from hypothesis import given
from hypothesis import strategies as st

from rusta.data.render import Example
from rusta.mind.packing import Pack
from rusta.training.page_stream import PageStream


def example(token: int) -> Example:
    """A page of one token, by which it is known."""
    return Example([token], [token], [True])


def stream(weights: list[float], replayed: int = 0, ratio: float = 0.0, seed: int = 0, width: int = 2) -> PageStream:
    own = [(example(n), weight) for n, weight in enumerate(weights)]
    return PageStream(own, [(example(1000 + n), 1.0) for n in range(replayed)], ratio, seed, width, batches=100)


def pages(stream: PageStream, count: int) -> list[int]:
    """The first `count` pages that are read."""
    found = (page for n in range(count) for page in stream.batch(n).ids[0].tolist())
    return list(islice(found, count))


def same(one: Pack, other: Pack) -> bool:
    return torch.equal(one.ids, other.ids) and torch.equal(one.targets, other.targets) and one.ends == other.ends


shapes = st.fixed_dictionaries({
    "weights": st.lists(st.floats(0.1, 3), min_size=1, max_size=12),
    "replayed": st.integers(0, 4), "ratio": st.floats(0, 0.9), "seed": st.integers(0, 9), "width": st.integers(1, 4),
})  # fmt: skip


@given(shape=shapes, order=st.permutations(range(12)))
def test_the_nth_batch_is_the_same_whatever_was_asked_before(shape: dict, order: list[int]) -> None:
    read_through = list(islice(stream(**shape), 12))
    asked = stream(**shape)
    assert all(same(asked.batch(n), read_through[n]) for n in order)


@given(shape=shapes, stop=st.integers(0, 20))
def test_a_stream_goes_on_from_anywhere(shape: dict, stop: int) -> None:
    unbroken = list(islice(stream(**shape), 25))
    broken = stream(**shape)
    assert all(same(*pair) for pair in zip(islice(broken, stop), unbroken, strict=False))
    resumed = stream(**shape)
    resumed.load_state_dict(broken.state_dict())
    assert resumed.state_dict() == {"position": stop}
    assert all(same(*pair) for pair in zip(islice(resumed, 25 - stop), unbroken[stop:], strict=True))


def test_another_seed_is_another_order() -> None:
    assert pages(stream([1.0] * 20, seed=1), 20) != pages(stream([1.0] * 20, seed=2), 20)


@given(pages_=st.integers(1, 20), seed=st.integers(0, 99), width=st.integers(1, 5))
def test_a_pass_reads_every_page_once(pages_: int, seed: int, width: int) -> None:
    read = pages(stream([1.0] * pages_, seed=seed, width=width), 3 * pages_)
    for passed in range(3):
        assert sorted(read[passed * pages_ : (passed + 1) * pages_]) == list(range(pages_))


@given(seed=st.integers(0, 99))
def test_whole_weights_are_how_often_a_page_is_read_in_a_pass(seed: int) -> None:
    read = pages(stream([1.0, 2.0, 3.0], seed=seed), 6 * 10)
    for passed in range(10):
        assert Counter(read[6 * passed : 6 * passed + 6]) == {0: 1, 1: 2, 2: 3}


def test_fractions_of_a_weight_are_honoured_over_the_passes() -> None:
    found = Counter(pages(stream([1.0, 0.5, 1.5, 0.25]), 1300))  # 3.25 pages a pass on average: 400 passes
    a_pass = found[0]
    for n, weight in enumerate([1.0, 0.5, 1.5, 0.25]):
        # Four standard deviations of that many lots.
        assert abs(found[n] - weight * a_pass) <= 4 * (a_pass * (weight % 1) * (1 - weight % 1)) ** 0.5 + 2


def test_small_weights_are_honoured_although_many_a_pass_reads_nothing() -> None:
    found = Counter(pages(stream([0.1, 0.3], width=1), 400))
    assert abs(found[0] / 400 - 0.25) < 4 * (0.25 * 0.75 / 400) ** 0.5


def test_the_share_that_is_replayed_is_the_ratio_and_the_rest_is_read_in_its_order() -> None:
    read = pages(stream([1.0] * 10, replayed=3, ratio=0.25), 4000)
    again = [page for page in read if page >= 1000]
    assert abs(len(again) / 4000 - 0.25) < 4 * (0.25 * 0.75 / 4000) ** 0.5
    assert set(again) == {1000, 1001, 1002}
    assert all(abs(count - len(again) / 3) < 4 * len(again) ** 0.5 for count in Counter(again).values())
    plain = pages(stream([1.0] * 10), 4000)
    assert all(page == own for page, own in zip(read, plain, strict=True) if page < 1000)


def test_without_a_replay_ratio_nothing_is_replayed() -> None:
    assert max(pages(stream([1.0] * 10, replayed=3), 200)) < 1000


def test_its_length_is_that_of_the_run() -> None:
    assert len(stream([1.0])) == 100
