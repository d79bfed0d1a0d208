"""What enters the first adapted block is computed once, and never believed when its file is damaged."""

import os
import resource
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from rusta.core.home import Home, NoRoom
from rusta.data.render import IGNORED, Example
from rusta.mind import weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.forward import hidden_states
from rusta.mind.loss import summed_nats
from rusta.mind.model import Random
from rusta.mind.packing import pack
from rusta.mind.quantization import NF4
from rusta.training.prefix_cache import PrefixCache, TooMuchToKeep


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> nn.Module:
    folder = Random(blocks=6).folder(Home(str(tmp_path_factory.mktemp("home")), ""))
    return Adapter(rank=4, last_blocks=2).attach(weights.wake(folder, NF4(), Attention("sdpa")), seed=0).train()


def page(length: int, seed: int) -> Example:
    ids = torch.randint(256, (length,), generator=torch.Generator().manual_seed(seed)).tolist()
    return Example(ids, [IGNORED, *ids[1:]], [True] * length)


PAGES = [page(30, 1), page(50, 2), page(41, 3)]


def learn(model: nn.Module, cache: PrefixCache | None, pages: list[Example] = PAGES) -> tuple[Tensor, list[Tensor]]:
    model.zero_grad()
    batch = pack(pages)
    hidden, head = hidden_states(model, batch, cache)
    loss, _ = summed_nats(hidden, head, batch.targets)
    loss.backward()
    return loss.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]


def same(one: tuple[Tensor, list[Tensor]], other: tuple[Tensor, list[Tensor]]) -> bool:
    return torch.equal(one[0], other[0]) and all(torch.equal(a, b) for a, b in zip(one[1], other[1], strict=True))


def files(cache: PrefixCache) -> list[Path]:
    return sorted(cache.folder.rglob("*.safetensors"))


def test_losses_and_gradients_are_the_same_without_it_on_filling_it_and_from_it(model, tmp_path: Path) -> None:
    plain = learn(model, None)
    assert same(plain, learn(model, PrefixCache(tmp_path, "key")))
    later = PrefixCache(tmp_path, "key")  # another process, another day
    assert same(plain, learn(model, later))
    assert (later.read, later.computed) == (3, 0)


def test_a_page_is_known_in_whatever_pack_it_turns_up(model, tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path, "key")
    learn(model, cache, PAGES[:2])
    learn(model, cache, [PAGES[2], PAGES[1], page(12, 9), PAGES[0]])
    assert (cache.read, cache.computed) == (2, 4)


def test_what_is_known_is_not_run_again(model, tmp_path: Path) -> None:
    learn(model, PrefixCache(tmp_path, "key"))
    ran = []
    blocks = model.get_base_model().model.layers
    hooks = [block.register_forward_hook(lambda *_, n=n: ran.append(n)) for n, block in enumerate(blocks)]
    learn(model, PrefixCache(tmp_path, "key"))
    for hook in hooks:
        hook.remove()
    assert ran == [4, 5]


def test_another_base_or_split_has_a_cache_of_its_own(tmp_path: Path) -> None:
    assert PrefixCache(tmp_path, "base 4").folder != PrefixCache(tmp_path, "base 5").folder


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "another", "folder", "pipe"])
def test_a_damaged_file_is_found_and_made_anew(harm: str, model, tmp_path: Path, capsys) -> None:
    plain = learn(model, PrefixCache(tmp_path, "key"))
    cache = PrefixCache(tmp_path, "key")
    harmed = files(cache)[0]
    content = harmed.read_bytes()
    if harm == "cut":
        harmed.write_bytes(content[:-100])
    elif harm == "flipped":
        harmed.write_bytes(content[:-7] + bytes([content[-7] ^ 1]) + content[-6:])
    elif harm == "empty":
        harmed.write_bytes(b"")
    elif harm == "another":
        harmed.write_bytes(b"not this" * 1000)
    else:
        harmed.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo}[harm](harmed)
    assert same(plain, learn(model, cache))
    assert (cache.read, cache.computed) == (2, 1)
    assert "is damaged" in capsys.readouterr().err
    assert harmed.read_bytes() == content


def test_a_disk_that_fills_up_ends_the_writing_and_not_the_training(model, tmp_path: Path, capsys) -> None:
    plain = learn(model, None)
    cache = PrefixCache(tmp_path, "key")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # a write beyond fails as on a full disk
    try:
        assert same(plain, learn(model, cache))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert capsys.readouterr().err.count("stops growing") == 1
    assert [p for p in cache.folder.rglob("*") if p.is_file()] == []


def test_more_than_is_allowed_is_refused_with_the_figures(tmp_path: Path) -> None:
    texts = [range(n, n + 4000) for n in range(2500)]
    with pytest.raises(TooMuchToKeep, match=r"10,000,000 tokens takes 102 GB.*prefix_cache_gb=103"):
        PrefixCache(tmp_path, "key").make_room([*texts, texts[0]], 5120, 50)  # a page that is read twice is kept once
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_of_the_other_caches_make_room(model, tmp_path: Path, capsys) -> None:
    old, newer = PrefixCache(tmp_path, "old"), PrefixCache(tmp_path, "newer")
    for when, cache in ((100, old), (200, newer)):
        learn(model, cache)
        os.utime(cache.folder, (when, when))
    size = sum(file.stat().st_size for file in files(old))
    mine = PrefixCache(tmp_path, "mine")
    mine.make_room([p.ids for p in PAGES], 64, 2.2 * size / 1e9)
    assert not old.folder.exists() and newer.folder.exists() and mine.folder.exists()
    assert str(old.folder) in capsys.readouterr().err


def test_a_file_that_lies_among_the_caches_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "page").write_bytes(bytes(1000))
    (tmp_path / ".DS_Store").write_bytes(b"")
    os.utime(tmp_path / ".DS_Store", (0, 0))
    PrefixCache(tmp_path, "new").make_room([[1] * 100], 5, 1e-6)
    assert (tmp_path / ".DS_Store").exists() and not (tmp_path / "old").exists()


def test_what_this_base_read_in_another_phase_counts_and_makes_room_as_well(model, tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path, "key")
    learn(model, cache)
    sizes = {}
    for when, file in enumerate(files(cache)):
        os.utime(file, (when, when))
        sizes[file] = file.stat().st_size
    first, second, third = files(cache)
    new = page(60, 7).ids
    cache.make_room([new], 64, (2 * 64 * 60 + sizes[third] + 1) / 1e9)
    assert files(cache) == [third]

    cache.make_room([new], 64, 1)
    learn(model, cache)
    kept = files(cache)
    cache.make_room([p.ids for p in PAGES], 64, (2 * 64 * sum(len(p.ids) for p in PAGES) + 1) / 1e9)
    assert files(cache) == kept == [first, second, third]  # those that are wanted stay, however old


def test_only_what_is_missing_has_to_fit_on_the_disk(model, tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path, "key")
    learn(model, cache, PAGES[:1])
    free = shutil.disk_usage(tmp_path).free
    width = free // (2 * 30)  # as if the page that is here filled the disk
    cache.make_room([PAGES[0].ids], width, 1e9)
    with pytest.raises(NoRoom, match=r"The prefix cache needs [\d.]+ [GT]?B"):
        cache.make_room([page(60, 7).ids], width, 1e9)
    learn(model, cache, [page(60, 7)])
    cache.make_room([PAGES[0].ids, page(60, 7).ids], width, 1e9)


def test_another_text_and_another_tokenizer_have_files_of_their_own(model, tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path, "key")
    ids = PAGES[0].ids
    for other in (ids, ids[:-1], [*ids[:-1], ids[-1] ^ 1], [(n + 1) % 256 for n in ids]):
        learn(model, cache, [Example(other, [IGNORED, *other[1:]], [True] * len(other))])
    assert (cache.read, cache.computed, len(files(cache))) == (0, 4, 4)
