"""Her own twenty-four real entries, as files in a home of this test's."""

import shutil
from pathlib import Path

import pytest

import rusta
from rusta.core.home import Home

CORPUS = Path(rusta.__file__).parent / "corpus" / "devlogs"


@pytest.fixture
def devlogs(home: Home) -> Path:
    """The journals' folder, filled."""
    return Path(shutil.copytree(CORPUS, Path(home.root, "devlogs")))
