"""A home of one's own for every test. Nothing here reaches beyond this machine, or into the owner's `~/.rusta`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from rusta.core.home import Home

# How long an example takes says more about the machine. Properties marked `thorough` take their full number of
# examples when they are asked for by name (`pytest -m thorough`), and few in the ordinary run, which draws the same ones
# every time: what lands is no matter of luck. `--hypothesis-profile=drawn` looks elsewhere.
settings.register_profile("rusta", deadline=None, derandomize=True)
settings.register_profile("drawn", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=10_000)
settings.load_profile("rusta")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="only tests that need no weights and little time (scripts/test fast)"
    )


def pytest_configure(config: pytest.Config) -> None:
    if "thorough" in config.option.markexpr and "not thorough" not in config.option.markexpr:
        settings.load_profile("thorough")


@pytest.fixture
def times() -> Callable[[int, int], int]:
    """Of two numbers, few and all, the one that this run is after."""
    return lambda few, every: every if settings.get_current_profile_name() == "thorough" else few


# Where the real weights may lie; only tests/real looks there.
OWN_HOME = os.environ.get("RUSTA_HOME") or str(Path.home() / ".rusta")

# Started in the background, a shell leaves Ctrl-C ignored, and so would every process the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["HF_HUB_OFFLINE"] = "1"
# Tiny matrices: a second thread only waits for the first, and beside another process the two spin in each other's way.
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is long is not run unasked; with `--fast` only what needs no weights and little time."""
    if config.getoption("--fast"):
        slow = set((Path(__file__).parent / "slow_files.txt").read_text(encoding="utf-8").split())
        kept, left = list[pytest.Item](), list[pytest.Item]()
        for item in items:
            file = item.path.relative_to(Path(__file__).parent).as_posix()
            left_out = file in slow or any(map(item.get_closest_marker, ("real", "thorough", "long")))
            (left if left_out else kept).append(item)
        config.hook.pytest_deselected(items=left)
        items[:] = kept
    if "long" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="its full number of examples: -m long"))


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever asks the environment for her home finds this test's."""
    monkeypatch.setenv("RUSTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home, and a run folder beside it."""
    return Home(str(tmp_path / "home"), str(tmp_path / "run"))


@pytest.fixture
def rusta(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `rusta WORDS...` as a person would: in a process of its own, with this test's home."""

    def run(*words: str, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        said = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([sys.executable, "-m", "rusta", *words], cwd=tmp_path, env={**os.environ, **env},
                              capture_output=True, text=True, timeout=600, **said)  # fmt: skip

    return run


@pytest.fixture(scope="session")
def own_home() -> str:
    """The owner's home, as the environment had it before the tests: for its weights, which are read and never written."""
    return OWN_HOME
