"""What an earlier version wrote still opens: a home of commit 8742bf2, raised, exported, worked and written with by that code."""

import json
import re
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rusta.core import home_version
from rusta.core.errors import RustaError
from rusta.core.home_version import NewerHome
from rusta.identity.turns import Role
from rusta.loop import events, session
from rusta.loop.events import SCHEMA, Event
from rusta.loop.session import NoSession, Session

Rusta = Callable[..., CompletedProcess[str]]
KEPT = Path(__file__).parent / "data" / "home_of_8742bf2.tar.gz"
NAME = "2026-11-30_03-03-07_1142"
FAKE = ("engine=fake", "model=fake", "engine.script=[Yes.]", "toolchain=none")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    with tarfile.open(KEPT) as kept:
        kept.extractall(place, filter="data")
    return place


def test_an_old_session_resumes_with_all_its_turns(home: Path, rusta: Rusta) -> None:
    turns = [turn.role for turn in session.resume(home / "sessions", NAME).turns]
    assert turns == [Role.PERSON, Role.RUSTA]
    said = rusta("ask", "And why?", *FAKE, f"resume={NAME}", f"home.root={home}", "memory=ephemeral", "output=json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["session"] == NAME
    assert len(session.resume(home / "sessions", NAME).turns) == 4


def test_an_old_life_wakes_and_is_listed(home: Path, rusta: Rusta) -> None:
    listed = json.loads(rusta("life", f"home.root={home}", "output=json").stdout)
    assert [(one["phase"], one["earlier"], one["model"]) for one in listed["lives"]] == [("personality", None, "tiny")]
    said = rusta("ask", "hi", "body=tiny", "+phase=personality", f"home.root={home}", "memory=ephemeral", "toolchain=none",
                 "generation.max_tokens=2", "output=json")  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["adapter"] == str(home / "life" / "personality" / "adapter")


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "lost"])
def test_old_journals_are_searched_with_their_old_index_and_with_a_new_one(
    home: Path, rusta: Rusta, lost: bool
) -> None:
    if lost:
        (home / "index.sqlite").unlink()
    found = json.loads(rusta("devlog", "search", "mutable", f"home.root={home}", "output=json").stdout)
    assert {one["path"].split("/")[0] for one in found["entries"]} >= {"semantic"}
    assert rusta("devlog", "doctor", f"home.root={home}").returncode == 0
    with sqlite3.connect(home / "index.sqlite") as index:
        assert index.execute("select count(*) from entries").fetchone()[0] == 3


def test_an_old_export_is_loaded_by_stock_peft(home: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    at = home / "exports" / "personality" / "nf4"
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(at / "model"), at / "lora")
    assert sum("lora" in name for name, _ in model.named_parameters())


WIRE = {
    "narrated", "said", "recalled", "quoted", "stale", "names", "called", "looked", "supposed", "tried", "asked", "changed", "proposed",
    "declined", "checked", "learned", "checkpoint", "ended", "compared", "mirror",
}  # fmt: skip


def test_the_names_on_the_wire_are_these_whatever_the_classes_are_called(home: Path) -> None:
    """Who renames one raises `SCHEMA`, and says here how older sessions are read."""
    kinds = [
        one for one in vars(events).values() if isinstance(one, type) and issubclass(one, Event) and one is not Event
    ]
    assert {one.wire for one in kinds} == WIRE and len(kinds) == len(WIRE) and SCHEMA == 1
    old = {str(line["type"]) for line in session.json_lines(home / "sessions" / f"{NAME}.jsonl")}
    assert old <= WIRE | {"turn", "taken back"}


def test_a_session_says_its_schema_and_one_of_a_later_schema_is_left_alone(tmp_path: Path) -> None:
    made = Session(tmp_path / "x.jsonl")
    made.note({"type": "ended", "why": "done"})
    made.note({"type": "ended", "why": "done"})
    first, second = session.json_lines(made.path)
    assert first["schema"] == SCHEMA and "schema" not in second
    newer = re.sub(r'"schema": \d+', f'"schema": {SCHEMA + 1}', made.path.read_text())
    made.path.write_text(newer)
    with pytest.raises(NoSession, match="newer version"):
        session.resume(tmp_path, "x")
    assert made.path.read_text() == newer


def test_an_unknown_event_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"type": "sang", "song": 3}\n{"type": "turn", "role": "user", "text": "a"}\n{"type": "turn", "role": "assistant", "text": "b"}\n'
    )
    assert [turn.text for turn in session.resume(tmp_path, "x").turns] == ["a", "b"]


def test_a_home_of_a_later_version_is_refused_and_nothing_in_it_is_touched(home: Path, rusta: Rusta) -> None:
    home_version.check(home)
    noted = home / home_version.NAME
    assert not noted.exists()
    noted.write_text(f"{home_version.VERSION + 1}\n")
    before = {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in home.rglob("*")}
    refused = rusta("life", f"home.root={home}")
    assert refused.returncode == 1 and "newer version of me" in refused.stderr and "Traceback" not in refused.stderr
    assert {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in home.rglob("*")} == before
    with pytest.raises(NewerHome):
        home_version.check(home)


def test_a_damaged_note_of_the_version_is_set_aside(home: Path) -> None:
    (home / home_version.NAME).write_text("no number")
    home_version.check(home)
    assert not (home / home_version.NAME).exists() and (home / f"{home_version.NAME}.damaged").exists()


def test_no_home_at_all_is_no_trouble(tmp_path: Path) -> None:
    home_version.check(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert issubclass(NewerHome, RustaError)
