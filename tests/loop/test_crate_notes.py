"""In a crate: what is recalled by the turn and by the mind's own call stands beside the mirror; a question to the person comes last."""

from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.loop.crate_agent import CrateAgent
from rusta.loop.events import Called, Checkpoint, Ended, NoteCompared, Recalled
from rusta.loop.read.journal_memory import JournalMemory
from rusta.loop.read.note_checks import NoteChecks
from rusta.memory.index.vectors import Vectors
from rusta.memory.recall.recall import Memory
from rusta.mirror.release_mirrors import ReleaseMirrors
from tests.library.crates_on_disk import REGISTRY
from tests.library.crates_on_disk import crate as unpacked
from tests.loop.crate import NO_MUT, crate, only, work
from tests.mirror.test_note_standing import NEW, OLD, mirrored

CALL = 'I look.\n<tools>{"name": "recall", "arguments": {"about": "Oven::fire of kiln, how it is called"}}</tools>'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"), "")


@pytest.fixture
def memory(home: Home) -> Memory:
    return Memory(home, vectors=Vectors.none)


def agent(place: Path, home: Home, memory: Memory, script: list[str]) -> CrateAgent:
    """An agent in a crate; kiln is mirrored, and nothing of it was read yet."""
    for version, source in (("0.8.5", OLD), ("0.9.2", NEW)):
        unpacked(place.parent / "cargo" / REGISTRY / f"kiln-{version}", "kiln", version, src__lib_rs=source)
    ReleaseMirrors(home, Network(False)).add("crate:kiln", "0.8.5")
    her = work(place, Path(home.root), script, memory=JournalMemory(memory, place))
    her.notes = her.hands.notes = NoteChecks(home, place)
    return her


def written(memory: Memory) -> str:
    path = memory.write("semantic", "On Oven::fire", "kiln 0.8.5: `Oven::fire` takes the heat.", tags=["kiln", "fire"])
    assert path
    return path


def test_the_minds_own_call_shows_what_differs_too(
    tmp_path: Path, home: Home, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, place = written(memory), crate(tmp_path / "scores")
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    her = agent(place, home, memory, [CALL, "It takes the heat."])
    mirrored(home, place)
    seen = list(her.turn("How is Oven::fire of kiln called, as I noted it?"))
    (told,) = only(seen, NoteCompared)
    (call,) = only(seen, Called)
    assert [one.path for one in only(seen, Recalled)] == [path] == [told.path]
    assert f"(Read from the sources just now, and true: {told.fact})" in call.result


def test_what_is_read_behind_an_answer_comes_before_the_question(
    tmp_path: Path, home: Home, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, place = written(memory), crate(tmp_path / "scores", NO_MUT)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    seen = list(agent(place, home, memory, ["said"]).turn(f"Please fix the build errors. My note: {path}"))
    kinds = [type(one) for one in seen]
    assert kinds[-2:] == [Checkpoint, Ended] and kinds[-3] is NoteCompared
