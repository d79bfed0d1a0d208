"""/undo, /redo, /diff and /history as a person types them, and what a script is told."""

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from rusta.core.home import Home
from rusta.loop import events as happened
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.gates.permissions import Approve, PersonAnswer
from rusta.loop.read.journal_memory import JournalMemory
from rusta.memory.entries.entry import Status
from rusta.memory.recall.recall import Memory as Journals
from rusta.tools.patch import EditHistory
from rusta.tools.patch.tree import FileTree
from rusta.ui.terminal.repl import Repl
from rusta.ui.terminal.undo_commands import TakingBack
from tests.loop.crate import BODY, NO_MUT, crate, only, work

# Two steps that only together compile: loans are looked at once all types fit.
TWO = (
    "pub fn a() -> usize { let v = vec![1]; v.push(2); v.len() }\n//\n//\n//\n"
    'pub fn b() -> usize { let s: String = "x"; s.len() }\n'
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return crate(tmp_path / "scores")


def later(place: Path, home: Path, *words: str) -> str:
    """A command in a session of its own; what was on the screen."""
    screen = io.StringIO()
    with EditHistory.open(place, home, session="later") as history:
        TakingBack(history, Console(file=screen, width=120)).command(words[0], list(words[1:]))
    return screen.getvalue()


def typing(her: CrateAgent, home: Home, capsys: pytest.CaptureFixture[str], *lines: str) -> str:
    """These lines typed into a conversation in her crate; what was on the screen."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text("".join(f"{line}\r" for line in lines) + "\x04")
        Repl(her.conversation, home, "title", her).run()
    return capsys.readouterr().out


@pytest.fixture
def typed(place: Path, tmp_path: Path) -> Callable[..., str]:
    def command(*words: str) -> str:
        """In a session of its own: a restart between any two."""
        return later(place, tmp_path / "home", *words)

    with EditHistory.open(place, tmp_path / "home", session="earlier") as history:
        history.apply({"src/lib.rs": BODY.replace("scores.", "the scores.").encode()}, "words matter", "none")
        history.apply({"src/new.rs": b"//! New.\n"}, "a file of its own", "one more file")
    return command


def test_steps_of_an_earlier_session_are_listed_undone_and_redone(typed: Callable[..., str], place: Path) -> None:
    listed = typed("/history")
    assert "words matter" in listed and "one more file" in listed
    assert "step 2" in typed("/undo") and not (place / "src/new.rs").exists()
    assert "step 1" in typed("/undo", "all") and (place / "src/lib.rs").read_text() == BODY
    assert "undone" in typed("/history")
    typed("/redo", "all")
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

    monkeypatch.setattr(FileTree, "stage", full)
    assert "no space left on device" in typed("/undo") and (place / "src/new.rs").exists()


def test_an_undo_over_a_persons_own_lines_shows_the_conflict_and_touches_nothing(
    typed: Callable[..., str], place: Path
) -> None:
    theirs = (place / "src/lib.rs").read_text().replace("the scores.", "their scores.")
    (place / "src/lib.rs").write_text(theirs)
    assert "their scores" in typed("/undo", "all")
    assert (place / "src/lib.rs").read_text() == theirs and (place / "src/new.rs").exists()


def test_what_was_approved_as_one_is_taken_back_and_made_again_as_one(tmp_path: Path) -> None:
    place = crate(tmp_path / "scores", TWO)
    her = work(place, tmp_path / "home", ["One was not mutable."])
    assert len(only(list(her.turn("Fix the errors, please.")), happened.Changed)) == 2
    after = (place / "src/lib.rs").read_text()
    her.place.history.close()
    screen = later(place, tmp_path / "home", "/undo")
    assert (place / "src/lib.rs").read_text() == TWO, "half of what was approved stands, and does not compile"
    assert "step 1" in screen and "step 2" in screen
    assert "approved as one with 2" in later(place, tmp_path / "home", "/history")
    later(place, tmp_path / "home", "/redo")
    assert (place / "src/lib.rs").read_text() == after

    screen = later(place, tmp_path / "home", "/undo", "1")  # the older part alone, around the newer
    assert "Of 1, 2, approved as one, there stands 2." in screen
    assert (place / "src/lib.rs").read_text() == TWO.replace("let v", "let mut v")
    assert "nothing to undo" in later(place, tmp_path / "home", "/undo", "1")
    later(place, tmp_path / "home", "/redo")
    assert (place / "src/lib.rs").read_text() == after


def test_a_lesson_and_its_habit_are_marked_when_their_change_is_taken_back(
    tmp_path: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    place = crate(tmp_path / "scores", TWO)
    diary = JournalMemory(Journals(home), place)
    her = work(place, tmp_path / "home", ["One was not mutable."], memory=diary)
    list(her.turn("Fix the errors, please."))
    written = [path for journal in ("semantic", "procedural") for path in (home.devlogs / journal).glob("**/*.md")]
    names = [str(path.relative_to(home.devlogs)) for path in written]
    assert len(names) == 2

    screen = typing(her, home, capsys, "/undo")
    for name in names:
        entry = diary.memory.devlogs.read(name)
        assert "taken-back" in entry.tags and entry.status is Status.ARCHIVED
        assert f"taken back: {name}" in screen
        assert "Taken back: the change this was learnt from was undone" in entry.body
    assert "Marked" not in typing(her, home, capsys, "/redo 1"), "a part of it is still undone"
    screen = typing(her, home, capsys, "/redo")
    for name in names:
        entry = diary.memory.devlogs.read(name)
        assert f"made again: {name}" in screen and "taken-back" not in entry.tags and entry.status is Status.ACTIVE


def test_a_no_keeps_the_proposal_for_apply(
    tmp_path: Path, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    place = crate(tmp_path / "scores", NO_MUT)
    answers = iter([PersonAnswer(True), PersonAnswer(False)])
    her = work(place, tmp_path / "home", ["said"], Approve.ask, lambda *_: next(answers))
    screen = typing(her, home, capsys, "fix it", "/proposals")
    assert (place / "src/lib.rs").read_text() == NO_MUT
    screen += typing(her, home, capsys, "apply 1")
    assert "let mut scores" in (place / "src/lib.rs").read_text(), screen
    assert "src/lib.rs · /apply 1" in screen and "+        let mut scores" in screen
    typing(her, home, capsys, "undo")
    assert (place / "src/lib.rs").read_text() == NO_MUT


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
