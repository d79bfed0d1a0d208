"""`rusta judge trust` measures a mind, and the figure decides what that mind may write."""

import json
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.evaluation.trust import figures, repairs
from rusta.evaluation.trust.figures import Figure, Trust
from rusta.mind.model import Gguf, Nobody


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"), str(tmp_path / "runs"))


@pytest.fixture
def model(tmp_path: Path) -> Gguf:
    weights = tmp_path / "own.gguf"
    weights.write_bytes(b"GGUF and more")
    return Gguf("own", "", "", "", 0, "", path=str(weights))


def measured(right: int, version: str | None = None) -> Figure:
    return Figure("own", right, 20, 1.0, version or repairs.version())


def test_a_mind_that_was_never_measured_bears_nothing(home: Home, model: Gguf) -> None:
    assert figures.share(model, None, home) == 0
    assert not Trust().bears_pages(model, None, home)


def test_what_was_measured_decides(home: Home, model: Gguf) -> None:
    key = figures.hashed(model, None, home)
    assert key
    figures.store_figure(key, measured(16), home)
    assert Trust(pages=0.8).bears_pages(model, None, home)
    assert not Trust(pages=0.85).bears_pages(model, None, home)


def test_other_weights_an_adapter_and_another_set_are_other_minds(home: Home, model: Gguf, tmp_path: Path) -> None:
    key = figures.hashed(model, None, home)
    assert key
    figures.store_figure(key, measured(20), home)
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"one")
    (adapter / "adapter_config.json").write_text("{}")
    assert figures.share(model, None, home) == 1
    assert figures.share(model, adapter, home) == 0
    figures.store_figure(key, measured(20, "another"), home)
    assert figures.share(model, None, home) == 0
    figures.store_figure(key, measured(20), home)
    Path(model.path or "").write_bytes(b"GGUF and something else")
    assert figures.share(model, None, home) == 0


@pytest.mark.parametrize("raw", ["", "[]", '{"right": 1}', json.dumps({**vars(measured(3)), "right": 40})])
def test_a_damaged_figure_is_none(home: Home, model: Gguf, raw: str) -> None:
    key = figures.hashed(model, None, home)
    assert key
    figures.store_figure(key, measured(20), home).write_text(raw)
    assert figures.share(model, None, home) == 0


def test_weights_that_nobody_sees_are_never_trusted(home: Home) -> None:
    assert figures.hashed(Nobody(), None, home) is None
    assert figures.share(None, None, home) == 0


def test_judge_trust_tells_each_account_and_keeps_nothing_of_a_mind_without_weights(rusta) -> None:  # type: ignore[no-untyped-def]
    said = rusta("judge", "trust", "engine=fake", "model=fake", "output=json")
    assert said.returncode == 0, said.stderr
    found = json.loads(said.stdout)
    assert (found["right"], found["of"], found["kept"], found["pages"]) == (0, len(repairs.repairs()), None, False)
    assert {row["repair"] for row in found["accounts"]} == {one.id for one in repairs.repairs()}
    assert all(row["wrong"] for row in found["accounts"])


def test_the_figures_that_come_with_the_package_are_of_the_set_that_comes_with_it() -> None:
    """Who changes the set, its grader's threshold or what is asked measures the named minds anew: rusta judge trust."""
    assert {one["version"] for one in figures._named().values()} == {repairs.version()}
