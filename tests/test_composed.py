"""A light mode that was composed before is built again the same, or composed anew."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rusta.cli import CONF
from rusta.composed import recall, remember
from rusta.home import Home
from rusta.mind.bodies import Body
from rusta.mind.model import Nobody
from rusta.modes.hello import Hello

Rusta = Callable[..., "CompletedProcess[str]"]
WORDS = ["mode=hello", "body=laptop"]
KNOWN = {
    "_target_": "rusta.modes.hello.Hello",
    "_convert_": "all",
    "model": {"_target_": "rusta.mind.model.Nobody", "name": "somebody", "context": 7, "lr_scale": 1.0},
    "home": {"_target_": "rusta.home.Home", "root": "/here", "run": "/there"},
    "body": {"_target_": "rusta.mind.bodies.Body", "name": "laptop", "tokens": None},
    "output": "json",
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A configuration tree that may be changed."""
    return Path(shutil.copytree(CONF, tmp_path / "conf"))


def test_what_was_remembered_is_built_again_without_hydra(conf: Path) -> None:
    assert recall(WORDS, conf) is None
    remember(WORDS, conf, KNOWN)
    built = recall(WORDS, conf)
    assert built == Hello(Nobody("somebody", 7), Home("/here", "/there"), Body("laptop"), built.output)
    assert built.output == "json"


@pytest.mark.parametrize(
    "words", [["mode=chat"], ["mode=hello", "+phase=mind"], ["mode=hello", "--cfg", "job"], ["seed=${oc.env:SEED}"]]
)
def test_what_is_not_light_or_may_change_by_itself_is_never_remembered(words: list[str], conf: Path) -> None:
    remember(words, conf, KNOWN)
    assert recall(words, conf) is None


def test_any_change_composes_anew(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def own(name: str, text: str) -> None:
        path = tmp_path / "elsewhere/conf" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)

    remember(WORDS, conf, KNOWN)
    assert recall([*WORDS, "seed=1"], conf) is None
    assert recall([WORDS[1], WORDS[0]], conf) is None  # of two words for one key the later wins
    for change in (
        lambda: monkeypatch.setenv("RUSTA_HOME", str(tmp_path / "elsewhere")),
        lambda: (conf / "generation" / "steady.yaml").write_text("temperature: 2.0\n"),
        lambda: (conf / "model" / "mine.yaml").write_text("name: mine\n"),
        lambda: (conf / "generation" / "greedy.yaml").unlink(),
        lambda: own("local/default.yaml", "seed: 7\n"),
    ):
        assert recall(WORDS, conf) is not None
        change()
        assert recall(WORDS, conf) is None
        remember(WORDS, conf, KNOWN)


@pytest.mark.parametrize("broken", ["", '{"_target_": "os.system"}', '{"_target_": "rusta.modes.hello.Bye"}', "{"])
def test_a_record_that_cannot_be_built_is_composed_anew(broken: str, conf: Path, tmp_path: Path) -> None:
    remember(WORDS, conf, KNOWN)
    (record,) = (tmp_path / "cache").rglob("*.json")
    record.write_text(broken)
    assert recall(WORDS, conf) is None


def test_a_second_hello_says_what_the_first_said(rusta: Rusta, tmp_path: Path) -> None:
    said = [rusta("hello", "output=json") for _ in range(2)]
    assert list((tmp_path / "cache").rglob("*.json"))
    assert said[0].returncode == said[1].returncode == 0
    assert json.loads(said[0].stdout) == json.loads(said[1].stdout)
    assert said[0].stderr == said[1].stderr


def test_settings_and_options_of_ones_own_are_read_from_her_home(rusta: Rusta, tmp_path: Path) -> None:
    own = tmp_path / "home/conf"
    (own / "local").mkdir(parents=True)
    (own / "model").mkdir()
    (own / "local/default.yaml").write_text("# @package _global_\ndefaults: [{override /model: mine}]\noutput: json\n")
    (own / "model/mine.yaml").write_text("defaults: [schema_nobody, _self_]\nname: somebody of mine\n")
    said = rusta("hello", "body=laptop")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["model"] == "somebody of mine"
    assert "mine" in rusta("completion", "words", "--", "chat", "model=m").stdout
    (own / "local/default.yaml").write_text("# @package _global_\naprove: none\n")
    wrong = rusta("hello", "body=laptop")
    assert wrong.returncode == 2 and "local/default" in wrong.stderr and "Did you mean approve?" in wrong.stderr
