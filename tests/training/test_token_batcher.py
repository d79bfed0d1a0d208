"""Batches of a number of tokens: nearly full, the same for everyone, and nothing read too often or left out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.data.mix import CORPUS, Mix, Replay, weighted
from rusta.data.render import Example
from rusta.mind.shape import Shape
from rusta.training.budget.extent import measure_extent
from rusta.training.page_stream import PageStream
from rusta.training.reading_plan import Reading
from rusta.training.token_batcher import WINDOW, Full, fitting


def example(length: int, name: int = 0) -> Example:
    return Example([name] * length, [name] * length, [True] * length)


def stream(lengths: list[int], tokens: int, weights: list[float] | None = None, seed: int = 0) -> PageStream:
    """Pages known by their first token."""
    weights = weights or [1.0] * len(lengths)
    own = [(example(length, n), weight) for n, (length, weight) in enumerate(zip(lengths, weights, strict=True))]
    return PageStream(own, [], 0.0, seed, width=1, batches=100, batch_tokens=tokens)


def read(of: PageStream, n: int) -> list[int]:
    """Which pages are in the n-th batch."""
    batch = of.batch(n)
    return [int(batch.ids[0, start]) for start in (0, *batch.ends[:-1])]


@given(lengths=st.lists(st.integers(1, 60), max_size=12), room=st.integers(0, 200))
def test_the_hole_is_filled_as_well_as_it_can_be(lengths: list[int], room: int) -> None:
    chosen = fitting(lengths, room)
    sums = {0}
    for length in lengths:
        sums |= {total + length for total in sums if total + length <= room}
    assert sum(lengths[at] for at in chosen) == max(sums)
    assert chosen == sorted(set(chosen))


shapes = st.fixed_dictionaries({
    "lengths": st.lists(st.integers(1, 100), min_size=1, max_size=30), "tokens": st.integers(100, 400), "seed": st.integers(0, 9),
})  # fmt: skip


@given(shape=shapes, order=st.permutations(range(10)))
def test_the_nth_batch_is_the_same_whatever_was_asked_before(shape: dict, order: list[int]) -> None:
    through, asked = stream(**shape), stream(**shape)
    expected = [read(through, n) for n in range(10)]
    assert [read(asked, n) for n in order] == [expected[n] for n in order]


@given(lengths=st.lists(st.integers(1, 100), min_size=1, max_size=200), tokens=st.integers(100, 3000))
def test_every_page_of_the_sequence_is_in_one_batch_and_none_waits_for_ever(lengths: list[int], tokens: int) -> None:
    full = Full(lambda n: example(lengths[n % len(lengths)]), tokens)
    batches = [full.pages(n) for n in range(20)]
    assert all(0 < sum(lengths[p % len(lengths)] for p in pages) <= tokens for pages in batches)
    given_ = [page for pages in batches for page in pages]
    assert len(given_) == len(set(given_))
    # The first page that waits is in every next batch, so nothing that was in view long ago is still waiting.
    left = set(range(max(given_) + 1)) - set(given_)
    assert len(left) < WINDOW
    for n, pages in enumerate(batches):
        waiting = set(range(max(given_) + 1)) - {page for earlier in batches[:n] for page in earlier}
        assert min(pages) == min(waiting)


@pytest.mark.parametrize("tokens", [2048, 4096, 8192])
def test_her_own_writing_fills_batches_to_98_percent(tokens: int, home: Home) -> None:
    qwen = Shape(896, 24, 14, 2, 4864, 151_936)  # its tokens are counted by their bytes
    reading = Reading(batch_tokens=tokens, longest=4096)
    found = measure_extent(Mix("identity", "identity", dict.fromkeys(CORPUS, 1.0)), Replay("none"), reading, qwen, home)
    assert found is not None
    assert len(found.lengths) == len(weighted(dict.fromkeys(CORPUS, 1.0), home)) > 150
    pages = stream(list(found.lengths), tokens)
    sizes = [pages.batch(n).ids.numel() for n in range(60)]
    assert max(sizes) <= tokens
    assert min(sizes) >= 0.98 * tokens


@given(seed=st.integers(0, 99))
def test_pages_are_read_as_often_as_their_weights_say(seed: int) -> None:
    weights = [1.0, 2.0, 3.0, 1.0]
    pages = stream([40, 50, 60, 70], 400, weights, seed)
    found = Counter(page for n in range(400) for page in read(pages, n))
    passes = sum(found.values()) / sum(weights)
    for page, weight in enumerate(weights):
        assert abs(found[page] - weight * passes) <= 2 * WINDOW  # what may be waiting


def test_replayed_pages_take_their_share_of_full_batches_too() -> None:
    own, again = [(example(30, 0), 1.0)], [(example(50, 1), 1.0)]
    pages = PageStream(own, again, 0.25, 0, width=1, batches=10, batch_tokens=500)
    found = Counter(page for n in range(200) for page in read(pages, n))
    assert abs(found[1] / sum(found.values()) - 0.25) < 0.04


def test_a_page_is_cut_at_what_a_batch_holds() -> None:
    assert Reading(longest=4096, batch_tokens=1024).cut == 1024
    assert Reading(longest=512, batch_tokens=1024).cut == 512
    assert Reading(longest=512).cut == 512
    with pytest.raises(ConfigError, match="batch_tokens=8"):
        Reading(batch_tokens=8)
