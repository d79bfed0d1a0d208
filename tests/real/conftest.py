"""The real stand-in, where its weights are. `scripts/test` fetches them; elsewhere these tests say why they are skipped."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from rusta import app  # noqa: F401  registers the schemas
from rusta.cli import CONF
from rusta.home import Home
from rusta.mind.model import Gguf


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def model() -> Gguf:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return instantiate(compose("config", ["body=laptop"]).model, _convert_="all")


@pytest.fixture(scope="session")
def own(model: Gguf, own_home: str) -> Home:
    """The owner's home, for its weights: nothing else of it is touched."""
    home = Home(own_home, own_home)
    if not model.present(home):
        pytest.skip(f"the weights of {model.name} are not in {own_home}: rusta mode=fetch network=online")
    return home
