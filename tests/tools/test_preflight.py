"""A hand is there if it answers; a name on the path is not enough."""

import shutil
import time
from pathlib import Path

import pytest

from rusta.tools.preflight import HANDS, SANDBOXES, Hand, contained, probe_program


def program(folder: Path, script: str) -> Hand:
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Hand("tool", (str(path), "--version"), "something", "a command")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo error: Unknown binary in official toolchain >&2; exit 1", "only rustup's proxy for it is here"),
        ("exit 1", "not here"),
        ("true", "not here"),
        ("kill -9 $$", "not here"),
        ("exec sleep 30", "does not answer in 0.5 s"),
    ],
)
def test_what_does_not_say_its_version_is_not_there(script: str, said: str, tmp_path: Path) -> None:
    began = time.monotonic()
    found = probe_program(program(tmp_path, script), 0.5 if "sleep" in script else 20)
    assert (found.works, found.said) == (False, said) and time.monotonic() - began < 20


def test_what_says_its_version_is_there_whatever_else_it_says(tmp_path: Path) -> None:
    found = probe_program(program(tmp_path, "printf 'tool 1.2 \\377\\nmore\\n'; echo warning >&2"), 20)
    assert found.works and found.said.startswith("tool 1.2")


def test_a_file_that_cannot_be_run_is_not_there(tmp_path: Path) -> None:
    hand = program(tmp_path, "true")
    Path(hand.ask[0]).write_bytes(b"\x7fELF no program")
    assert probe_program(hand).said.startswith("does not start")
    assert probe_program(Hand("gone", ("no-such-program",), "", "")).said == "not here"


def test_every_hand_says_what_it_adds_and_how_to_get_it() -> None:
    assert [hand.name for hand in HANDS] == ["rustc", "cargo", "clippy", "rustfmt", "miri", "rust-analyzer", "git"]
    assert all(hand.adds and hand.get for hand in HANDS)


def test_a_workspace_has_no_say_in_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("rustup"):
        pytest.skip("there is no rustup here")
    (tmp_path / "rust-toolchain.toml").write_text('[toolchain]\nchannel = "1.2.0"\n')
    monkeypatch.chdir(tmp_path)
    assert probe_program(next(hand for hand in HANDS if hand.name == "cargo"), 20).works


def test_a_sandbox_is_there_if_it_contains_something(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = {sandbox.name: contained(sandbox) for sandbox in SANDBOXES}
    assert set(found) == {"bubblewrap", "landlock"}
    assert all(one.works == (one.said == "contains a probe") for one in found.values())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert contained(SANDBOXES[0]).said == "bwrap is not installed"
