"""Conversations are listed, searched and read; "last" is the last of this workspace; what a person sees is local time."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.loop.session import begin

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
FAKE = ("body=laptop", "mode=chat", "model=fake", "engine=fake", "toolchain=none", "output=json")


def crate(at: Path) -> Path:
    at.mkdir()
    (at / "Cargo.toml").write_text(f'[package]\nname = "{at.name}"\nversion = "0.1.0"\n')
    return at


def test_last_is_the_last_of_this_workspace(rusta: Rusta, tmp_path: Path) -> None:
    one, two = crate(tmp_path / "one"), crate(tmp_path / "two")

    def ask(where: Path, *words: str) -> str:
        done = rusta(*FAKE, f"workspace={where}", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["session"]

    first, second = ask(one, "prompt=of the first"), ask(two, "prompt=of the second")
    assert ask(one, "prompt=and on", "resume=last") == first
    assert ask(two, "prompt=and on", "resume=last") == second
    nowhere = rusta(*FAKE, "prompt=and on", "resume=last")  # no crate here, and no conversation outside of one
    assert nowhere.returncode == 1 and second in nowhere.stderr and "rusta sessions" in nowhere.stderr


def test_a_conversation_is_named_by_the_clock_on_the_wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # 14 hours before UTC
    time.tzset()
    try:
        named = datetime.strptime(begin(tmp_path).id[:19], "%Y-%m-%d_%H-%M-%S")
        assert abs(named - datetime.now()) < timedelta(minutes=5)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.fixture
def kept(home: Home) -> list[str]:
    """Three conversations, the newest last."""
    for name, asked, said in (
        ("2026-01-02_10-00-00_aaaa", "What does E0382 mean?", "A value was moved.\n\nBorrow it."),
        ("2026-02-03_10-00-00_bbbb", "Fix the \u001b[31mborrow error", "Done."),
        ("2026-03-04_10-00-00_cccc", "Hello", "I am here."),
    ):
        first = {"workspace": "/crates/scores"} if "Fix" in asked else {}
        turns = ({"role": "user", "text": asked, **first}, {"role": "assistant", "text": said})
        lines = [json.dumps({"type": "turn", "at": f"{name[:10]}T10:00:00.000Z", **turn}) for turn in turns]
        home.sessions.mkdir(parents=True, exist_ok=True)
        (home.sessions / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    (home.sessions / "2026-04-05_10-00-00_dddd.jsonl").write_text("not mine\n[]\n")
    return sorted(path.stem for path in home.sessions.glob("2026-0[123]*"))


def facts(done: "subprocess.CompletedProcess[str]") -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_they_are_listed_newest_first_and_searched_by_all_words(rusta: Rusta, kept: list[str]) -> None:
    every = facts(rusta("sessions", "output=json"))
    assert [one["name"] for one in every["sessions"]] == kept[::-1]
    assert [one["workspace"] for one in every["sessions"]] == [None, "/crates/scores", None]
    assert every["sessions"][0]["line"] == "Hello" and every["sessions"][0]["turns"] == 2
    found = facts(rusta("sessions", "search", "borrow", "MOVED", "output=json"))
    assert [one["name"] for one in found["sessions"]] == kept[:1]
    assert facts(rusta("sessions", "search", "borrow", "output=json", "limit=1"))["of"] == 2


def test_one_is_read_by_name_or_as_the_last_of_a_workspace(rusta: Rusta, kept: list[str], home: Home) -> None:
    before = {path: path.read_bytes() for path in home.sessions.iterdir()}
    opened = facts(rusta("sessions", "open", "last", "workspace=/crates/scores/src", "output=json"))
    assert opened["name"] == kept[1] and [turn["role"] for turn in opened["turns"]] == ["user", "assistant"]
    done = rusta("sessions", "open", kept[0])
    assert "What does E0382 mean?" in done.stdout and "Borrow it." in done.stdout
    assert f"rusta chat resume={kept[0]}" in done.stdout
    missing = rusta("sessions", "open", "yesterday")
    assert missing.returncode == 1 and kept[2] in missing.stderr
    assert {path: path.read_bytes() for path in home.sessions.iterdir()} == before


def test_what_is_searched_for_is_not_kept_in_the_cache(rusta: Rusta, kept: list[str]) -> None:
    for _ in range(2):
        facts(rusta("sessions", "search", "opensesame", "output=json"))
    cache = Path(os.environ["XDG_CACHE_HOME"])
    assert list(cache.rglob("*.json"))
    assert not [path for path in cache.rglob("*") if path.is_file() and b"opensesame" in path.read_bytes()]
