"""Which phase follows which, and what is kept of each."""

import itertools
from pathlib import Path

import pytest
import yaml

from rusta.home import Home
from rusta.training import life
from rusta.training.life import NotRaised, Phase

PERSONALITY = Phase("personality", "", "", follows="mind", from_base=True)
ECOSYSTEM = Phase("ecosystem", "", "", follows="personality")


def run(folder: Path, margin: float = 0.1, sweep: str | None = None) -> Path:
    """What a finished run leaves."""
    (folder / life.ADAPTER).mkdir(parents=True)
    (folder / life.ADAPTER / "adapter_config.json").write_text("{}")
    (folder / life.ADAPTER / "adapter_model.safetensors").write_text(folder.name)
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "step-000002.ckpt").write_text("large")
    (folder / "metrics.csv").write_text("step")
    (folder / life.CARD).write_text(yaml.safe_dump({"margin": margin, "sweep": sweep}))
    return folder


def kept(home: Home, name: str = "personality") -> str:
    return (life.grown(home, name) / "adapter_model.safetensors").read_text()


def test_the_first_phase_starts_from_the_base(home: Home) -> None:
    assert life.parent(Phase("mind", "", ""), home, None)[0] is None


def test_a_missing_parent_is_refused_with_the_command_that_raises_it(home: Home) -> None:
    with pytest.raises(NotRaised, match=r"rusta \+phase=personality.*init_from=PATH"):
        life.parent(ECOSYSTEM, home, None)


def test_a_phase_that_may_starts_from_the_base_with_a_warning(home: Home) -> None:
    folder, words = life.parent(PERSONALITY, home, None)
    assert folder is None and "rusta +phase=mind" in words


def test_a_phase_starts_from_what_its_parent_left(home: Home, tmp_path: Path) -> None:
    life.promote(run(tmp_path / "run"), home, "personality")
    folder, words = life.parent(ECOSYSTEM, home, None)
    assert folder == home.life / "personality" / life.ADAPTER and "personality" in words


@pytest.mark.parametrize("inside", ["", life.ADAPTER])
def test_init_from_names_a_life_or_a_peft_folder_and_wins_over_the_parent(
    inside: str, home: Home, tmp_path: Path
) -> None:
    life.promote(run(tmp_path / "run"), home, "personality")
    elsewhere = run(tmp_path / "elsewhere")
    folder, _ = life.parent(ECOSYSTEM, home, str(elsewhere / inside))
    assert folder == elsewhere / life.ADAPTER
    with pytest.raises(NotRaised, match="init_from="):
        life.parent(ECOSYSTEM, home, str(tmp_path))


def test_what_was_never_raised_is_refused_with_what_was(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NotRaised, match=r"nothing.*rusta \+phase=mind"):
        life.grown(home, "mind")
    life.promote(run(tmp_path / "run"), home, "personality")
    with pytest.raises(NotRaised, match="raised so far: personality"):
        life.grown(home, "mind")


def test_a_promoted_run_keeps_what_people_read_and_no_checkpoints(home: Home, tmp_path: Path) -> None:
    life.promote(run(tmp_path / "run"), home, "personality")
    names = {path.name for path in (home.life / "personality").iterdir()}
    assert names == {life.ADAPTER, life.CARD, "metrics.csv"}
    assert life.card(home.life / "personality") == life.card(tmp_path / "run")


def test_a_later_run_takes_the_place_of_an_earlier_one_even_if_it_is_worse(home: Home, tmp_path: Path) -> None:
    life.promote(run(tmp_path / "good", 0.9), home, "personality")
    life.promote(run(tmp_path / "bad", 0.1), home, "personality")
    assert kept(home) == "bad"


def test_a_sweep_keeps_its_best_in_whatever_order_its_runs_finish(tmp_path: Path) -> None:
    margins = {"a": 0.3, "b": -0.2, "c": 0.7}
    for n, order in enumerate(itertools.permutations(margins)):
        home = Home(str(tmp_path / str(n) / "home"), "")
        life.promote(run(tmp_path / str(n) / "before", 9.9, sweep="earlier"), home, "personality")
        for name in order:
            words = life.promote(run(tmp_path / str(n) / name, margins[name], sweep="this"), home, "personality")
            assert ("keeps the better run" in words) == (kept(home) != name)
        assert kept(home) == "c"


def test_a_run_under_way_is_found_until_it_is_finished(home: Home, tmp_path: Path) -> None:
    folder = run(tmp_path / "run")
    with pytest.raises(NotRaised, match="resume=PATH"):
        life.under_way(home, "personality", "last")
    life.begun(home, "personality", folder)
    assert life.under_way(home, "personality", "last") == folder
    with pytest.raises(NotRaised):
        life.under_way(home, "mind", "last")
    life.begun(home, "personality", other := tmp_path / "other")
    life.finished(home, "personality", folder)  # the older one ends, and does not hide the other
    assert (home.life / ".under-way/personality").read_text() == str(other)
    life.finished(home, "personality", other)
    with pytest.raises(NotRaised):
        life.under_way(home, "personality", "last")
    assert life.under_way(home, "personality", str(folder)) == folder
    with pytest.raises(NotRaised, match="no checkpoints"):
        life.under_way(home, "personality", str(tmp_path))


@pytest.mark.parametrize("text", [None, "a: [", "- 1", ""])
def test_a_card_that_cannot_be_read_is_refused(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / life.CARD).write_text(text)
    with pytest.raises(NotRaised, match=life.CARD):
        life.card(tmp_path)
