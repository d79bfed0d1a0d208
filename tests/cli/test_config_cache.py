"""A light mode that was composed before is built again the same, or composed anew."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rusta.cli.config_cache import _build, recall, remember
from rusta.cli.main import CONF
from rusta.core.home import Home
from rusta.mind.bodies import Body
from rusta.mind.model import Nobody
from rusta.modes.hello import Hello

Rusta = Callable[..., "CompletedProcess[str]"]
WORDS = ["mode=hello", "body=laptop"]
KNOWN = {
    "_target_": "rusta.modes.hello.Hello",
    "_convert_": "all",
    "model": {"_target_": "rusta.mind.model.Nobody", "name": "somebody", "context": 7, "lr_scale": 1.0},
    "home": {"_target_": "rusta.core.home.Home", "root": "/here", "run": "/there"},
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


BODY = {"_target_": "rusta.mind.bodies.Body", "name": "laptop", "tokens": None}
# Every one of them is a name of the package, and none of them is what a light mode is made of.
CALLS = [
    {"_target_": "rusta.core.home.write_atomically", "path": "PATH", "text": "poison"},
    {"_target_": "rusta.registry.lineage.Phase", "name": "a", "purpose": "b", "question": "c"},
    {"_target_": "rusta.modes.chat.Chat"},
    {"_target_": "rusta.core.git_runner.subprocess.run", "args": ["touch", "PATH"]},
    {"_target_": "rusta.modes.hello.Hello.run"},
]
BROKEN = {
    "nothing": "",
    "half": "{",
    "a number": "5",
    "deep": "[" * 100_000,
    "another program": {**KNOWN, "_target_": "os.system"},
    "no such name": {**KNOWN, "_target_": "rusta.modes.hello.Bye"},
    "no target": {key: value for key, value in KNOWN.items() if key != "_target_"},
    "a part for the whole": BODY,
    "a part elsewhere": {**KNOWN, "model": BODY},
    "a part in plain data": {**KNOWN, "output": BODY},
    "a part in a list": {**KNOWN, "model": {**KNOWN["model"], "name": [BODY]}},
    "text for a part": {**KNOWN, "home": "/here"},
    "null for a part": {**KNOWN, "home": None},
    "text for a number": {**KNOWN, "body": {**BODY, "tokens": "many"}},
    "a number that makes no sense": {**KNOWN, "body": {**BODY, "tokens": -5}},
    "a number for text": {**KNOWN, "home": {"_target_": "rusta.core.home.Home", "root": 5, "run": "/there"}},
    "an output of nobody": {**KNOWN, "output": "yaml"},
    "a key too many": {**KNOWN, "more": 1},
    "a key of the journals too many": {
        "_target_": "rusta.modes.devlog.DevLog", "said": {"bogus": "a"}, "output": "text",
        "memory": {"_target_": "rusta.memory.recall.recall.Memory", "home": KNOWN["home"]},
    },
}  # fmt: skip


def poisoned(said: object, tmp_path: Path) -> Path:
    """The one record of the cache, saying something else."""
    (record,) = (tmp_path / "cache").rglob("*.json")
    record.write_text(said if isinstance(said, str) else json.dumps({"mode": said, "spoken": []}))
    return record


@pytest.mark.parametrize("broken", BROKEN)
def test_a_record_that_cannot_be_built_is_composed_anew(broken: str, conf: Path, tmp_path: Path) -> None:
    remember(WORDS, conf, KNOWN)
    poisoned(BROKEN[broken], tmp_path)
    assert recall(WORDS, conf) is None


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["_target_"])
@pytest.mark.parametrize("under", ["", "model", "home", "output", "new"])
def test_a_record_calls_nothing_but_what_a_light_mode_is_made_of(
    call: dict[str, object], under: str, conf: Path, tmp_path: Path
) -> None:
    remember(WORDS, conf, KNOWN)
    words = json.loads(json.dumps(call).replace("PATH", str(tmp_path / "poison")))
    poisoned({**KNOWN, under: words} if under else words, tmp_path)
    assert recall(WORDS, conf) is None
    assert not (tmp_path / "poison").exists()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a link", "a large file"])
def test_what_is_no_file_of_this_user_is_no_record(kind: str, conf: Path, tmp_path: Path) -> None:
    remember(WORDS, conf, KNOWN)
    (record,) = (tmp_path / "cache").rglob("*.json")
    record.rename(tmp_path / "elsewhere")
    match kind:
        case "a pipe":
            os.mkfifo(record)
        case "a folder":
            record.mkdir()
        case "a link":
            record.symlink_to(tmp_path / "elsewhere")
        case _:
            record.write_text((tmp_path / "elsewhere").read_text() + " " * 2_000_000)
    assert recall(WORDS, conf) is None
    remember(WORDS, conf, KNOWN)


def test_every_option_of_a_light_mode_is_remembered(rusta: Rusta, tmp_path: Path) -> None:
    """What is not in the list of what may be made would be composed anew every time, which nobody would see."""
    for words in (["hello", "body=laptop"], ["hello", "body=h100"], ["doctor", "body=tiny", "model=fake"], ["devlog", "list"],
                  ["devlog", "list", "memory=ephemeral"]):  # fmt: skip
        rusta(*words, "output=json")
        kept = sorted((tmp_path / "cache").rglob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        record = json.loads(kept[-1].read_text())
        assert type(_build(record["mode"], "mode")).__name__ in ("Hello", "Doctor", "DevLog")


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
