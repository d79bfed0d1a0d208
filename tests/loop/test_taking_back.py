"""/undo, /redo, /diff and /history as a person types them, and what a script is told."""

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from rusta.loop.taking_back import TakingBack
from rusta.tools.patch import History
from rusta.tools.patch.tree import Tree
from tests.loop.crate import BODY, NO_MUT, crate


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return crate(tmp_path / "scores")


@pytest.fixture
def typed(place: Path, tmp_path: Path) -> Callable[..., str]:
    def command(*words: str) -> str:
        """In a session of its own: a restart between any two."""
        screen = io.StringIO()
        with History.open(place, tmp_path / "home", session="later") as history:
            TakingBack(history, Console(file=screen, width=120)).command(words[0], list(words[1:]))
        return screen.getvalue()

    with History.open(place, tmp_path / "home", session="earlier") as history:
        history.apply({"src/lib.rs": BODY.replace("scores.", "the scores.").encode()}, "words matter", "none")
        history.apply({"src/new.rs": b"//! New.\n"}, "a file of its own", "one more file")
    return command


def test_steps_of_an_earlier_session_are_listed_undone_and_redone(typed: Callable[..., str], place: Path) -> None:
    listed = typed("/history")
    assert "words matter" in listed and "one more file" in listed
    assert "step 2" in typed("/undo") and not (place / "src/new.rs").exists()
    assert "step 1" in typed("/undo", "all") and (place / "src/lib.rs").read_text() == BODY
    assert "undone" in typed("/history")
    typed("/redo", "2")
    assert (place / "src/new.rs").exists()
    assert "+//! New." in typed("/diff", "2")


@pytest.mark.parametrize(
    ("words", "said"), [(("/undo", "x"), "a number"), (("/redo",), "nothing"), (("/diff", "9"), "9")]
)
def test_what_cannot_be_done_is_said(typed: Callable[..., str], place: Path, words: tuple[str, ...], said: str) -> None:
    before = (place / "src/lib.rs").read_bytes()
    assert said in typed(*words) and (place / "src/lib.rs").read_bytes() == before


def test_a_full_disk_is_said_and_does_not_end_the_conversation(
    typed: Callable[..., str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Tree, "stage", full)
    assert "no space left on device" in typed("/undo") and (place / "src/new.rs").exists()


def test_an_undo_over_a_persons_own_lines_shows_the_conflict_and_touches_nothing(
    typed: Callable[..., str], place: Path
) -> None:
    theirs = (place / "src/lib.rs").read_text().replace("the scores.", "their scores.")
    (place / "src/lib.rs").write_text(theirs)
    assert "their scores" in typed("/undo", "all")
    assert (place / "src/lib.rs").read_text() == theirs and (place / "src/new.rs").exists()


def test_one_shot_without_a_terminal_proposes_in_json_and_exits_with_the_tree_as_it_was(
    rusta: Callable, tmp_path: Path
) -> None:
    place = crate(tmp_path / "mend", NO_MUT)
    words = [
        "mode=chat",
        "body=tiny",
        "model=fake",
        "engine=fake",
        f"workspace={place}",
        "prompt=Please fix it",
        "output=json",
    ]
    ended = rusta(*words)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["changed"] == [] and said["clean"] and "+        let mut scores" in said["proposed"][0]["diff"]
    assert (place / "src/lib.rs").read_text() == NO_MUT

    ended = rusta(*words[:-1], "output=jsonl", "approve=all")
    kinds = [json.loads(line)["type"] for line in ended.stdout.splitlines()]
    assert kinds[-1] == "answer" and {"looked", "supposed", "tried", "changed", "ended"} <= set(kinds)
    assert "let mut scores" in (place / "src/lib.rs").read_text()


def test_who_asks_for_a_mending_where_no_crate_is_hears_that_she_only_talks(rusta: Callable, tmp_path: Path) -> None:
    words = ["mode=chat", "body=tiny", "model=fake", "engine=fake"]
    ended = rusta(*words, "prompt=Please fix it")
    assert ended.returncode == 0 and "no Cargo.toml in" in ended.stderr and "workspace=PATH" in ended.stderr
    assert "Cargo.toml" not in rusta(*words, "prompt=What is a loan?").stderr
    inside = rusta(*words, "prompt=hello", f"workspace={crate(tmp_path / 'here')}")
    assert f"crate: {tmp_path / 'here'} (builds in" in inside.stderr
    assert "cargo init" not in rusta(*words, "prompt=hello", "workspace=/").stderr


@pytest.mark.parametrize(("workspace", "said"), [("/", "Cargo.toml"), ("nowhere", "not a folder that is there")])
def test_a_workspace_that_is_none_is_refused_in_a_paragraph(rusta: Callable, workspace: str, said: str) -> None:
    ended = rusta("mode=chat", "body=tiny", "model=fake", "engine=fake", f"workspace={workspace}", "prompt=hello")
    assert ended.returncode == 2 and said in ended.stderr and "Traceback" not in ended.stderr
