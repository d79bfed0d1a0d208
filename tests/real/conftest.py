"""The real stand-in, where its weights are. `scripts/test` fetches them; elsewhere these tests say why they are skipped."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from rusta.cli import app  # noqa: F401  registers the schemas
from rusta.cli.main import CONF
from rusta.core.home import Home
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
        pytest.skip(f"the weights of {model.name} are not in {own_home}: rusta fetch")
    return home


FEW = 4  # blocks of the 0.5B's 24: the same widths, a sixth of the work


@pytest.fixture(scope="session")
def few(model: Gguf, own: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first blocks of the real weights, their embeddings and their head: what is heavy is tried on these.

    At full size the same claims are made under `scripts/test -m long`.
    """
    from safetensors.torch import load_file, save_file

    source, folder = model.folder(own), tmp_path_factory.mktemp("few")
    kept = {
        name: tensor
        for name, tensor in load_file(source / "model.safetensors").items()
        if not name.startswith("model.layers.") or int(name.split(".")[2]) < FEW
    }
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((source / "config.json").read_text())
    config["num_hidden_layers"] = FEW
    config.pop("layer_types", None)
    (folder / "config.json").write_text(json.dumps(config))
    for path in source.glob("*token*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder
