"""hello, doctor and fetch: what they say is true of this machine, for people and for programs."""

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from rusta import __version__
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.network import DoorShut, Network
from rusta.core.output import Output
from rusta.mind.bodies import Body
from rusta.mind.model import Gguf, Nobody, Random, seal, sha256
from rusta.modes.doctor import Doctor, Finding
from rusta.modes.fetch import Fetch
from rusta.modes.hello import DOORS, Hello

BODY = Body("laptop")
ABSENT = Gguf("somebody", "a/b", "main", "weights.gguf", 3, "0" * 64)
Said = Callable[[Hello | Doctor | Fetch], dict]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """The one JSON object that a mode says, having checked that its jsonl event says the same."""

    def run(mode: Hello | Doctor | Fetch) -> dict:
        replace(mode, output=Output.json).run()
        whole = json.loads(capsys.readouterr().out)
        replace(mode, output=Output.jsonl).run()
        (line,) = capsys.readouterr().out.splitlines()
        event = json.loads(line)
        assert event.pop("type") and event.pop("at")
        assert set(event) == set(whole)
        return whole

    return run


def weights(home: Home) -> tuple[Gguf, Path]:
    """A model whose file is here, and was not looked at yet."""
    path = home.models / "somebody" / "weights.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"abc")
    return replace(ABSENT, sha256=sha256(path)), path


def test_hello_says_what_is_here_and_what_is_not(said: Said, home: Home) -> None:
    before = said(Hello(ABSENT, home, BODY))
    assert before == {"version": __version__, "body": "laptop", "model": "somebody", "weights": False, "raised": [],
                      "home": home.root, "doors": dict(DOORS)}  # fmt: skip
    assert not Path(home.root).exists()  # a look leaves no trace
    model, path = weights(home)
    seal(path, model.sha256)
    for name in ("personality", "mind"):
        (home.life / name).mkdir(parents=True)
        (home.life / name / "run.yaml").touch()
    after = said(Hello(model, home, BODY))
    assert (after["weights"], after["raised"]) == (True, ["mind", "personality"])


def test_hello_shows_a_person_the_doors_and_the_command_for_what_is_missing(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Hello(ABSENT, home, BODY).run()
    screen = capsys.readouterr().out
    assert all(door in screen and what in screen for door, what in DOORS)
    assert "rusta fetch" in screen and "nothing yet" in screen


def findings(report: dict) -> dict[str, Finding]:
    return {finding["part"]: Finding(**finding) for finding in report["findings"]}


def test_a_doctor_finds_what_is_true_of_this_machine(said: Said, home: Home) -> None:
    report = said(Doctor(ABSENT, home, BODY))
    found = findings(report)
    assert (found["python"].works, found["python"].found) == (True, sys.version.split()[0])
    assert (found["torch"].works, found["torch"].found) == (True, version("torch"))
    assert found["git"].works is (shutil.which("git") is not None)
    assert {"cargo", "clippy", "miri", "rust-analyzer", "bubblewrap", "landlock"} <= set(found)
    assert (found["home"].works, found["weights of somebody"].works) == (True, False)
    assert report["well"] is False  # without weights she does not talk
    assert all(finding.adds and (finding.works or finding.get) for finding in found.values())
    assert said(Doctor(Random(), home, BODY))["well"] is all(
        finding.works for finding in found.values() if finding.needed and not finding.part.startswith("weights")
    )
    assert not Path(home.root).exists()


def test_weights_that_were_never_verified_or_changed_since_are_not_there(said: Said, home: Home) -> None:
    model, path = weights(home)

    def there() -> bool:
        return findings(said(Doctor(model, home, BODY)))["weights of somebody"].works

    assert not there()
    seal(path, model.sha256)
    assert there()
    path.write_bytes(b"abd")
    os.utime(path, ns=(0, 0))
    assert not there()


def test_a_program_that_does_not_work_is_not_taken_for_one_that_does(
    said: Said, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # rustup leaves such a proxy on the path for a component that is not installed.
    for name, script in (
        ("rustc", "echo 'not installed' >&2; exit 1"),
        ("git", "echo git version 99"),
        ("rustfmt", "kill -9 $$"),
    ):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = findings(said(Doctor(Nobody(), home, BODY)))
    assert (found["git"].works, found["git"].found) == (True, "git version 99")
    assert not found["rustc"].works and not found["rustfmt"].works and not found["cargo"].works
    assert found["rustc"].get == "https://rustup.rs"


def test_a_doctor_tells_a_person_what_each_missing_part_would_add(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    Doctor(ABSENT, home, BODY).run()
    screen = capsys.readouterr().out
    assert "NO weights of somebody" in screen
    assert "would add a mind: rusta fetch" in screen
    assert "keep me from working" in screen


@pytest.mark.parametrize("model", [Nobody(), Random()])
def test_what_is_made_on_the_spot_needs_no_fetching(model: Nobody | Random, said: Said, home: Home) -> None:
    assert said(Fetch(model, home, Network(False))) == {
        "model": model.name,
        "where": "made on the spot",
        "verified": True,
    }


def test_what_is_here_is_not_fetched_again_and_what_lies_elsewhere_is_used_there(said: Said, home: Home) -> None:
    model, path = weights(home)
    seal(path, model.sha256)
    assert said(Fetch(model, home, Network(False))) == {
        "model": "somebody",
        "where": str(path),
        "verified": True,
    }
    own = replace(ABSENT, path=str(path))
    assert said(Fetch(own, home, Network(False)))["where"] == str(path)


def test_fetching_through_a_shut_door_is_refused_with_the_command_that_opens_it(home: Home) -> None:
    with pytest.raises(DoorShut, match="rusta fetch"):
        Fetch(ABSENT, home, Network(False)).run()
    with pytest.raises(RustaError, match=r"nowhere\.gguf"):
        Fetch(replace(ABSENT, path="nowhere.gguf"), home, Network(False)).run()
    assert not Path(home.root).exists()
