"""Which phase follows which, and what is kept of each."""

import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from rusta.core.home import Home
from rusta.registry import lineage, promotion
from rusta.registry.lineage import NotRaised, Phase

PERSONALITY = Phase("personality", "", "", follows="mind", from_base=True)
ECOSYSTEM = Phase("ecosystem", "", "", follows="personality")


def run(folder: Path, margin: float = 0.1, sweep: str | None = None, **card: object) -> Path:
    """What a finished run leaves."""
    (folder / lineage.ADAPTER).mkdir(parents=True)
    (folder / lineage.ADAPTER / "adapter_config.json").write_text("{}")
    (folder / lineage.ADAPTER / "adapter_model.safetensors").write_text(folder.name)
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "step-000002.ckpt").write_text("large")
    (folder / "metrics.csv").write_text("step")
    (folder / lineage.CARD).write_text(
        yaml.safe_dump({"phase": "personality", "margin": margin, "sweep": sweep, **card})
    )
    return folder


def kept(home: Home, name: str = "personality") -> str:
    return (lineage.grown(home, name) / "adapter_model.safetensors").read_text()


def test_the_first_phase_starts_from_the_base(home: Home) -> None:
    assert lineage.parent(Phase("mind", "", ""), home, None)[0] is None


def test_a_missing_parent_is_refused_with_the_command_that_raises_it(home: Home) -> None:
    with pytest.raises(NotRaised, match=r"rusta \+phase=personality.*init_from=PATH"):
        lineage.parent(ECOSYSTEM, home, None)


def test_a_phase_that_may_starts_from_the_base_with_a_warning(home: Home) -> None:
    folder, words = lineage.parent(PERSONALITY, home, None)
    assert folder is None and "rusta +phase=mind" in words


def test_a_phase_starts_from_what_its_parent_left(home: Home, tmp_path: Path) -> None:
    promotion.promote(run(tmp_path / "run"), home, "personality")
    folder, words = lineage.parent(ECOSYSTEM, home, None)
    assert folder == home.life / "personality" / lineage.ADAPTER and "personality" in words


@pytest.mark.parametrize("inside", ["", lineage.ADAPTER])
def test_init_from_names_a_life_or_a_peft_folder_and_wins_over_the_parent(
    inside: str, home: Home, tmp_path: Path
) -> None:
    promotion.promote(run(tmp_path / "run"), home, "personality")
    elsewhere = run(tmp_path / "elsewhere")
    folder, _ = lineage.parent(ECOSYSTEM, home, str(elsewhere / inside))
    assert folder == elsewhere / lineage.ADAPTER
    with pytest.raises(NotRaised, match="init_from="):
        lineage.parent(ECOSYSTEM, home, str(tmp_path))


def test_what_was_never_raised_is_refused_with_what_was(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NotRaised, match=r"nothing.*rusta \+phase=mind"):
        lineage.grown(home, "mind")
    promotion.promote(run(tmp_path / "run"), home, "personality")
    with pytest.raises(NotRaised, match="raised so far: personality"):
        lineage.grown(home, "mind")


def test_a_promoted_run_keeps_what_people_read_and_no_checkpoints(home: Home, tmp_path: Path) -> None:
    promotion.promote(run(tmp_path / "run"), home, "personality")
    names = {path.name for path in (home.life / "personality").iterdir()}
    assert names == {lineage.ADAPTER, lineage.CARD, "metrics.csv"}
    assert lineage.card(home.life / "personality") == lineage.card(tmp_path / "run")


def test_a_later_run_takes_the_place_of_an_earlier_one_even_if_it_is_worse(home: Home, tmp_path: Path) -> None:
    promotion.promote(run(tmp_path / "good", 0.9), home, "personality")
    promotion.promote(run(tmp_path / "bad", 0.1), home, "personality")
    assert kept(home) == "bad"


BIG, TINY = {"model": "0.5b", "model_hash": "b", "tokens": 100}, {"model": "tiny", "model_hash": "t", "tokens": 900}


@pytest.mark.parametrize("sweep", [None, "this"])
def test_a_life_of_another_base_is_not_replaced_and_the_way_to_do_it_is_said(
    sweep: str | None, home: Home, tmp_path: Path
) -> None:
    promotion.promote(run(tmp_path / "big", **BIG), home, "personality")
    other = run(tmp_path / "tiny", 0.9, sweep, **TINY)
    said = promotion.promote(other, home, "personality")
    assert kept(home) == "big" and "0.5b" in said and f"rusta life restore {other}" in said
    promotion.restore(home, str(other))
    assert kept(home) == "tiny"
    promotion.restore(home, "1")
    assert kept(home) == "big"


def test_a_life_that_read_more_is_not_replaced_by_a_shorter_run(home: Home, tmp_path: Path) -> None:
    promotion.promote(run(tmp_path / "long", **BIG), home, "personality")
    said = promotion.promote(run(tmp_path / "short", 0.9, **{**BIG, "tokens": 10}), home, "personality")
    assert kept(home) == "long" and "100 tokens" in said


def test_what_was_replaced_is_kept_the_last_few_and_listed(home: Home, tmp_path: Path) -> None:
    for n in range(promotion.KEPT + 3):
        promotion.promote(run(tmp_path / f"run{n}", **{**BIG, "tokens": 100 + n}), home, "personality")
    found = promotion.lives(home)
    assert [one.number for one in found] == [None, *range(1, promotion.KEPT + 1)]
    assert [one.card["tokens"] for one in found] == [107, 106, 105, 104, 103, 102]
    promotion.restore(home, str(promotion.KEPT))  # the oldest, which makes way for what it replaces
    assert kept(home) == "run2" and len(promotion.lives(home)) == 1 + promotion.KEPT
    with pytest.raises(NotRaised, match="no earlier life 9"):
        promotion.restore(home, "9", "personality")
    with pytest.raises(NotRaised, match="rusta life"):
        promotion.restore(home, "1", "mind")


def test_lives_are_listed_and_brought_back_from_the_command_line(
    rusta: Callable[..., subprocess.CompletedProcess[str]], home: Home, tmp_path: Path
) -> None:
    for name, tokens in (("first", 100), ("second", 200)):
        promotion.promote(run(tmp_path / name, **{**BIG, "tokens": tokens}), home, "personality")
    assert "200 tokens" in rusta("life").stdout.splitlines()[0]
    done = rusta("life", "restore", "1", "output=json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [one["tokens"] for one in told["lives"]] == [100, 200, 100] and kept(home) == "first"
    assert rusta("life", "restore").returncode == 2


def test_a_sweep_keeps_its_best_in_whatever_order_its_runs_finish(tmp_path: Path) -> None:
    margins = {"a": 0.3, "b": -0.2, "c": 0.7}
    for n, order in enumerate(itertools.permutations(margins)):
        home = Home(str(tmp_path / str(n) / "home"), "")
        promotion.promote(run(tmp_path / str(n) / "before", 9.9, sweep="earlier"), home, "personality")
        for name in order:
            words = promotion.promote(run(tmp_path / str(n) / name, margins[name], sweep="this"), home, "personality")
            assert ("keeps the better run" in words) == (kept(home) != name)
        assert kept(home) == "c"


def test_a_run_under_way_is_found_until_it_is_finished(home: Home, tmp_path: Path) -> None:
    folder = run(tmp_path / "run")
    with pytest.raises(NotRaised, match="resume=PATH"):
        lineage.under_way(home, "personality", "last")
    lineage.begun(home, "personality", folder)
    assert lineage.under_way(home, "personality", "last") == folder
    with pytest.raises(NotRaised):
        lineage.under_way(home, "mind", "last")
    lineage.begun(home, "personality", other := tmp_path / "other")
    lineage.finished(home, "personality", folder)  # the older one ends, and does not hide the other
    assert (home.life / ".under-way/personality").read_text() == str(other)
    lineage.finished(home, "personality", other)
    with pytest.raises(NotRaised):
        lineage.under_way(home, "personality", "last")
    assert lineage.under_way(home, "personality", str(folder)) == folder
    with pytest.raises(NotRaised, match="no checkpoints"):
        lineage.under_way(home, "personality", str(tmp_path))


@pytest.mark.parametrize("text", [None, "a: [", "- 1", ""])
def test_a_card_that_cannot_be_read_is_refused(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / lineage.CARD).write_text(text)
    with pytest.raises(NotRaised, match=lineage.CARD):
        lineage.card(tmp_path)
