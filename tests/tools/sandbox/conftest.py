"""Each sandbox that works here, and a folder to work in. One that does not is skipped, with its reason."""

from functools import cache
from pathlib import Path

import pytest

from rusta.tools.sandbox import Sandbox, preflight
from rusta.tools.sandbox.choice import KINDS


@cache
def trouble(name: str) -> str | None:
    return preflight(KINDS[name]())


@pytest.fixture(params=list(KINDS))
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if why := trouble(request.param):
        pytest.skip(f"{request.param} does not work here: {why}")
    return KINDS[request.param]()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "place"
    folder.mkdir()
    return folder
