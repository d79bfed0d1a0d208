"""mode=export from the command line: it writes, verifies, tells, and refuses in one paragraph."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from rusta.core.home import Home
from rusta.mind import adapters, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.model import Random
from rusta.mind.quantization import NF4


@pytest.fixture
def personality(home: Home) -> Path:
    """A phase that was lived on the tiny body, as far as an export looks."""
    base = weights.wake(Random().folder(home), NF4(), Attention("sdpa"))
    folder = home.life / "personality" / "adapter"
    adapters.save(Adapter(rank=4, last_blocks=2).attach(base, seed=0), folder, Random().fingerprint(home))
    return folder


def test_a_phase_is_exported_verified_and_told(personality: Path, rusta: Callable, home: Home) -> None:
    found = rusta("export", "personality", "body=tiny", "export.verify=2", "output=json")
    assert found.returncode == 0, found.stderr
    said = json.loads(found.stdout)
    assert said["path"] == str(home.exports / "personality" / "nf4") and said["form"] == "nf4"
    assert said["verified"]["kl"] <= 1e-6 and said["verified"]["same"] == said["verified"]["prompts"] == 2
    assert said["bytes"] == sum(file["bytes"] for file in said["files"].values())
    assert any("vllm serve" in command for command in said["serve"])
    card = yaml.safe_load(Path(said["path"], "export.yaml").read_text())
    assert card["phase"] == "personality" and card["versions"]["torch"]


@pytest.mark.parametrize(
    ("words", "needle"),
    [
        (["mode=export"], "Name a phase"),
        (["+phase=mind", "mode=export"], "There is no mind"),
        (["export", "personality", "export=merged_nf4"], "export.insist=true"),
        (["export", "personality", "export=lora"], "export.insist=true"),
        (["export", "personality", "export=gguf"], "export.onto=FILE.gguf"),
        (["export", "personality", "model.seed=1"], "was trained on weights"),
        (["mode=export", "init_from=nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    words: list[str], needle: str, personality: Path, rusta: Callable, home: Home
) -> None:
    found = rusta(*words, "body=tiny")
    assert found.returncode in (1, 2) and needle in found.stderr and "Traceback" not in found.stderr
    assert not home.exports.exists()


def test_a_folder_of_somebody_elses_is_not_replaced(personality: Path, rusta: Callable, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("keep me")
    found = rusta("export", "personality", "body=tiny", "export.verify=0", f"export.path={theirs}")
    assert found.returncode == 2 and "export.path=FOLDER" in found.stderr
    assert (theirs / "letter.txt").read_text() == "keep me"
