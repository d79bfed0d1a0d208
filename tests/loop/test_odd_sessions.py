"""Whatever lies among the sessions: it is refused by its name, or passed over; never a hang, never a traceback."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.identity.turns import Role, Turn
from rusta.loop import session
from rusta.loop.session import NoSession, Session, resume

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
PERSON = '{"type": "turn", "role": "user", "text": '


def exchange(path: Path) -> None:
    for role in (Role.PERSON, Role.RUSTA):
        Session(path).add(Turn(role, f"I am {role}."))


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "null",
        '"text"',
        f"{PERSON}5}}",
        f"{PERSON}null}}",
        f'{PERSON}["a"]}}',
        f'{PERSON}"\\ud800"}}',
        '{"type": "turn", "role": ["user"], "text": "a"}',
        '{"type": "turn", "role": {}, "text": "a"}',
        f"{PERSON}{'[' * 100_000}",
        f"{PERSON}{'9' * 10_000}}}",
        f"{'[' * 5000}{']' * 5000}",
    ],
    ids=lambda line: line[:50],
)
def test_a_line_that_is_no_turn_is_refused_with_its_number(line: str, tmp_path: Path) -> None:
    exchange(tmp_path / "talk.jsonl")
    with (tmp_path / "talk.jsonl").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(NoSession, match=r"talk\.jsonl:3 is not a line I wrote"):
        resume(tmp_path, "talk")


def no_file(kind: str, path: Path) -> None:
    match kind:
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case "a link to nowhere":
            path.symlink_to("nowhere")
        case "a link to a device":
            path.symlink_to("/dev/zero")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link to nowhere", "a link to a device"])
def test_what_is_no_file_is_no_session_and_last_passes_over_it(kind: str, tmp_path: Path) -> None:
    exchange(tmp_path / "a-talk.jsonl")
    no_file(kind, tmp_path / "b-odd.jsonl")
    assert resume(tmp_path, "last").id == "a-talk"
    with pytest.raises(NoSession, match=r"a-talk.*resume=last"):
        resume(tmp_path, "b-odd")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["a folder", "a pipe"])
def test_a_session_that_became_something_else_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    no_file(kind, tmp_path / "talk.jsonl")
    with pytest.raises(RustaError, match=r"talk\.jsonl cannot be written"):
        exchange(tmp_path / "talk.jsonl")


def test_a_file_too_large_to_be_hers_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "talk.jsonl").open("wb") as file:
        file.truncate(10**12)  # a hole: no disk is taken
    with pytest.raises(NoSession, match="larger than"):
        resume(tmp_path, "talk")


def test_where_the_sessions_lie_may_be_anything(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("")
    with pytest.raises(NoSession, match="none yet"):
        resume(tmp_path / "sessions", "last")
    with pytest.raises(RustaError, match="Not a directory"):
        session.begin(tmp_path / "sessions")


def test_half_a_line_of_a_full_disk_is_taken_back_so_that_the_next_one_stands_alone(tmp_path: Path) -> None:
    talk = Session(tmp_path / "talk.jsonl")
    exchange(talk.path)
    write, left = os.write, [20, 0]

    def full(descriptor: int, data: bytes) -> int:
        room = left.pop(0) if left else len(data)
        if not room:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:room])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(RustaError, match=r"talk\.jsonl cannot be written \(No space left on device\)"):
            talk.note({"type": "note", "text": "long enough to be cut"})
    talk.note({"type": "note"})
    assert len(resume(tmp_path, "talk").turns) == 2
    assert [json.loads(line)["type"] for line in talk.path.read_text().splitlines()] == ["turn", "turn", "note"]


def test_she_goes_on_with_the_last_session_at_the_command_line(rusta: Rusta, tmp_path: Path) -> None:
    sessions = tmp_path / "home/sessions"
    sessions.mkdir(parents=True)
    os.mkfifo(sessions / "9999.jsonl")
    (sessions / "1111.jsonl").write_text(f"{PERSON}5}}\n")
    odd = rusta("ask", "hi", "resume=1111", "body=tiny", "model=fake", "engine=fake")
    assert (odd.returncode, odd.stdout) == (1, "") and "Traceback" not in odd.stderr, odd.stderr
    assert "1111.jsonl:1 is not a line I wrote" in odd.stderr
