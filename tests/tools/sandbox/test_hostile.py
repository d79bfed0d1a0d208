"""Hostile crates come through without a sandbox, and do not in one. Seen from outside, by real cargo, crate by crate."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from rusta.tools.sandbox import preflight
from rusta.tools.sandbox.choice import KINDS


def _attacks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("attacks", Path(__file__).with_name("attacks.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["attacks"] = module
    spec.loader.exec_module(module)
    return module


attacks = _attacks()
pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[object, bool]]:
    """The attack's world, and whether it came through without a sandbox: built once, and then compiled."""
    seen: dict[str, tuple[object, bool]] = {}

    def look(name: str) -> tuple[object, bool]:
        if name not in seen:
            world = attacks.World(tmp_path_factory.mktemp(name).resolve(), attacks.BY_NAME[name])
            seen[name] = world, attacks.once(world, None)
        return seen[name]

    return look


@pytest.fixture(scope="module")
def troubles() -> dict[str, str | None]:
    return {name: preflight(kind()) for name, kind in KINDS.items()}


@pytest.mark.parametrize("name", list(attacks.BY_NAME))
@pytest.mark.parametrize("kind", list(KINDS))
def test_what_comes_through_without_a_sandbox_is_contained(
    name: str, kind: str, bare: Callable[[str], tuple[object, bool]], troubles: dict[str, str | None]
) -> None:
    if why := troubles[kind]:
        pytest.skip(f"{kind} does not work here: {why}")
    attack = attacks.BY_NAME[name]
    world, came_through = bare(name)
    if not came_through and attack.may_fail_bare:
        pytest.skip(f"{name} does nothing here even without a sandbox: {attack.may_fail_bare}")
    assert came_through, f"{name} should succeed without a sandbox, or it proves nothing"
    assert not attacks.once(world, KINDS[kind]())


def test_there_are_enough_of_them_and_each_is_a_program_of_its_own() -> None:
    files = {path.stem for path in attacks.SOURCES.glob("*.rs")} - {"prelude"}
    assert files == set(attacks.BY_NAME)
    assert len(files) >= 30
    assert sum(attack.macro for attack in attacks.ATTACKS) >= 5
