"""The sealed pages are scored as if each were read alone, and what is said of the difference follows from the scores."""

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.data import corpus
from rusta.data.pages import Page
from rusta.data.render import render
from rusta.evaluation import sealed
from rusta.evaluation.sealed import Nats, Pair, bootstrap, compare, remembered
from rusta.identity.identity import NAME
from rusta.identity.turns import Role
from rusta.mind import weights
from rusta.mind.attention import Attention
from rusta.mind.model import Random
from rusta.mind.quantization import Unquantised
from rusta.tools.blocks import shown

LONG = 8192
values = st.lists(st.floats(-10, 10, width=16), min_size=1, max_size=12)
nats = st.builds(Nats, st.floats(0, 10, width=16), st.floats(0, 10, width=16))
both = st.lists(st.tuples(st.builds(Pair, st.just("a"), nats, nats), st.builds(Pair, st.just("a"), nats, nats)),
                min_size=1, max_size=6)  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    place = tmp_path_factory.mktemp("tiny")
    folder = Random("tiny").folder(Home(str(place / "home"), str(place / "run")))
    model = weights.wake(folder, Unquantised(), Attention("sdpa"))
    model.lm_head.weight.mul_(20)  # random weights find every token as likely; a wrong token or context must show
    return model, weights.tokenizer(folder)


def cut(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each prose or fenced code, by a walk over its lines."""
    inside = False
    for line in text.splitlines(keepends=True):
        fence = line.startswith("```")
        if fence and inside:
            yield "```", False
            yield line.removeprefix("```"), True
        else:
            yield line, not (fence or inside)
        inside ^= fence


def tokens(page: Page, tokenizer: Any) -> list[tuple[int, bool, bool]]:
    """(id, carried, prose), piece by piece: without merges, the pieces' tokens are the whole's."""
    found = []
    for turn in (NAME, *page.turns):
        hers = turn.role is Role.RUSTA
        pieces = [(f"<|im_start|>{turn.role.value}\n", False, True)]
        pieces += [(piece, hers, prose) for piece, prose in cut(shown(turn.text))]
        pieces += [("<|im_end|>", hers, True), ("\n", False, True)]
        for text, carried, prose in pieces:
            found += [(token, carried, prose) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
    return found


def naive(model: Any, tokenizer: Any, pages: list[Page]) -> list[Nats]:
    """Plain forward passes, one of each page."""
    return [alone(model, tokens(page, tokenizer)) for page in pages]


@torch.inference_mode()
def alone(model: Any, read: list[tuple[int, bool, bool]], seen: int = 0) -> Nats:
    ids, carried, prose = (torch.tensor(column) for column in zip(*read, strict=True))
    surprise = -model(ids[None]).logits[0, :-1].float().log_softmax(-1).gather(1, ids[1:, None])[:, 0]
    counted = carried[1:] & (torch.arange(1, len(ids)) >= seen)
    return Nats(surprise[counted].mean().item(), surprise[counted & prose[1:]].mean().item())


def near(expected: Nats, tolerance: float) -> Any:
    return pytest.approx((expected.all, expected.prose), rel=tolerance)


def test_every_page_scores_in_bf16_as_it_does_alone(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    heard: list[tuple[int, int]] = []
    found = sealed.score(model, tokenizer, LONG, lambda done, of: heard.append((done, of)))
    twins = sealed.sealed_twins()
    assert [pair.name for pair in found] == sorted(path.name for path in (corpus.CORPUS / "sealed").iterdir())
    assert heard[-1] == (len(twins), len(twins)) and heard == sorted(heard)
    for pair, pages in zip(found, twins, strict=True):
        for got, expected in zip((pair.hers, pair.generic), naive(model, tokenizer, list(pages)), strict=True):
            # bf16 keeps 8 bits; over hundreds of tokens what it rounds away mostly cancels
            assert (got.all, got.prose) == near(expected, 2**-9)


def test_in_fp32_they_are_equal_and_a_page_that_saw_another_would_not_be(tiny: tuple[Any, Any]) -> None:
    model, tokenizer = tiny
    pages = [page for pair in sealed.sealed_twins()[:2] for page in pair]
    try:
        model.float()
        found = sealed.nats(model, [render(page, tokenizer, LONG) for page in pages])
        expected = naive(model, tokenizer, pages)
        first, second = (tokens(page, tokenizer) for page in pages[:2])
        leaking = alone(model, first + second, seen=len(first) + 1)
    finally:
        model.bfloat16()
    for got, other in zip(found, expected, strict=True):
        assert (got.all, got.prose) == near(other, 1e-5)
        assert got.all != near(other, 1e-5)  # there is code on each of these pages, and it counts
    assert (leaking.all, leaking.prose) != near(expected[1], 1e-4)


def test_prose_is_all_that_she_says_but_the_fenced_code(tiny: tuple[Any, Any]) -> None:
    _, tokenizer = tiny
    coded = 0
    for page in (page for pair in sealed.sealed_twins() for page in pair):
        example = render(page, tokenizer, LONG)
        expected = tokens(page, tokenizer)
        assert example.ids == [token for token, _, _ in expected]
        assert [target != -100 for target in example.targets] == [carried for _, carried, _ in expected]
        assert example.prose == [prose for _, _, prose in expected]
        coded += any(carried and not prose for _, carried, prose in expected)
    assert coded > len(sealed.sealed_twins())  # more than half of the pages show code


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A corpus of one sealed pair."""
    page = "---\ntitle: one\n---\n## person\n\nWhy?\n\n## rusta\n\nBecause.\n"
    folder = tmp_path / "corpus" / "sealed" / "one"
    folder.mkdir(parents=True)
    for name in ("hers.md", "generic.md"):
        (folder / name).write_text(page)
    monkeypatch.setattr(corpus, "CORPUS", tmp_path / "corpus")
    corpus.pages.cache_clear()
    yield folder
    corpus.pages.cache_clear()


@pytest.mark.parametrize("gone", ["hers.md", "generic.md"])
def test_a_page_without_its_twin_is_named(small: Path, gone: str) -> None:
    (small / gone).unlink()
    with pytest.raises(RustaError, match="without their twin: one"):
        sealed.sealed_twins()


def test_the_base_is_read_once_per_weights_and_corpus_and_again_after_a_torn_file(small: Path, tmp_path: Path) -> None:
    scores = [Pair("one", Nats(1.25, 0.1 + 0.2), Nats(1 / 3, 2.0))]
    computed: list[str] = []

    def ask(key: str) -> int:
        assert remembered(tmp_path / "kept", key, lambda: computed.append(key) or scores) == scores
        return len(computed)

    assert [ask("a"), ask("a"), ask("b"), ask("a"), ask("b")] == [1, 1, 2, 2, 2]
    (small / "hers.md").write_text((small / "hers.md").read_text() + "\nAnd so on.\n")
    assert [ask("a"), ask("a")] == [3, 3]
    path = max((tmp_path / "kept").iterdir(), key=lambda kept: kept.stat().st_mtime_ns)  # the last one written
    whole = path.read_bytes()
    torn = [whole[:end] for end in range(len(whole))] + [b"\xff" + whole, b"null", b"[{}]", b'[{"name": "one"}]']
    for times, content in enumerate(torn, len(computed) + 1):
        path.write_bytes(content)
        assert [ask("a"), ask("a")] == [times, times]
        assert path.read_bytes() == whole


@pytest.mark.parametrize("differences", [(-3, 1, 8), (-7, -1, 2, 12), (-7, -1, 2, 5, 19)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_the_interval_is_that_of_all_resamples(differences: tuple[int, ...], seed: int) -> None:
    every = sorted(sum(drawn) / len(drawn) for drawn in itertools.product(differences, repeat=len(differences)))

    def quantile(share: float) -> float:
        return every[math.ceil(share * len(every)) - 1]

    found, slack = bootstrap(differences, seed), 4.5 * math.sqrt(0.025 * 0.975 / sealed.DRAWS)
    assert found.mean == fmean(differences)
    assert quantile(0.025 - slack) <= found.low <= quantile(0.025 + slack)
    assert quantile(0.975 - slack) <= found.high <= quantile(0.975 + slack)


@given(st.floats(-10, 10), st.integers(1, 40), st.integers(0, 9))
def test_what_never_differs_has_an_interval_without_width(value: float, size: int, seed: int) -> None:
    found = bootstrap([value] * size, seed, draws=50)
    assert found.low == found.mean == found.high == pytest.approx(value)


@given(values, st.integers(0, 9), st.integers(2, 200))
def test_the_opposite_differences_have_the_opposite_interval(of: list[float], seed: int, draws: int) -> None:
    there, back = bootstrap(of, seed, draws), bootstrap([-value for value in of], seed, draws)
    assert (back.mean, back.low, back.high) == (-there.mean, -there.high, -there.low)
    assert min(of) - 1e-9 <= there.low <= there.high <= max(of) + 1e-9


@settings(max_examples=15)
@given(both)
def test_the_changes_are_the_differences_of_the_means(pairs: list[tuple[Pair, Pair]]) -> None:
    base, trained = zip(*pairs, strict=True)
    found, back = compare(base, trained), compare(trained, base)
    assert found.pages == len(base)
    for who, was, now in (("hers", found.base_hers, found.hers), ("generic", found.base_generic, found.generic)):
        assert was == pytest.approx(fmean(getattr(p, who).all for p in base))
        assert now == pytest.approx(fmean(getattr(p, who).all for p in trained))
        assert getattr(found, f"{who}_change").mean == pytest.approx(now - was, abs=1e-9)
        spoken = fmean(getattr(b, who).prose - getattr(a, who).prose for a, b in pairs)
        assert getattr(found, f"prose_{who}_change").mean == pytest.approx(spoken, abs=1e-9)
    for kind in ("", "prose_"):
        margin, hers, generic = (getattr(found, kind + name) for name in ("margin", "hers_change", "generic_change"))
        assert margin.mean == pytest.approx(generic.mean - hers.mean, abs=1e-9)
        assert (margin.low, margin.high) == (-getattr(back, kind + "margin").high, -getattr(back, kind + "margin").low)


def test_scores_of_different_pages_are_not_compared() -> None:
    pair = Pair("one", Nats(1, 1), Nats(2, 2))
    with pytest.raises(ValueError):
        compare([pair], [pair, pair])
