"""In a chat the mirrors answer what asks for a change of a crate, or names an item of one; everything else goes on as before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.core.network import Network
from rusta.loop import session
from rusta.loop.chat_agent import ChatAgent
from rusta.loop.conversation import Conversation
from rusta.loop.events import Event, Quoted, Said
from rusta.loop.read.changed_crates import ChangedCrates
from rusta.loop.read.library_answers import LibraryAnswers
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from rusta.mirror.mirror_answers import MirrorAnswers
from rusta.mirror.release_mirrors import ReleaseMirrors
from tests.library.crates_on_disk import SOURCE, lock
from tests.loop.read.test_library_answers import ME, toolchain
from tests.mirror.test_mirror_answers import FIRST, LOG, SECOND, published


@pytest.fixture
def mirrors(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MirrorAnswers:
    """A mirror of a crate with two releases, and a toolchain without documentation."""
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    toolchain(tmp_path / "toolchain", monkeypatch)
    published(tmp_path / "cargo", "0.1.0", FIRST)
    published(tmp_path / "cargo", "0.2.0", SECOND, CHANGELOG=LOG)
    ReleaseMirrors(home, Network(online=False)).add("crate:kiln", "0.1.0")
    return MirrorAnswers(home)


def asked(question: str, mirrors: MirrorAnswers, folder: Path, root: Path | None = None) -> tuple[list[Event], Fake]:
    mind = Fake(script=["I cannot know."])
    conversation = Conversation(mind, ME, session.begin(mirrors.home.sessions), Generation())
    library = LibraryAnswers(mirrors.home, folder, root, changed=ChangedCrates(mirrors, root))
    return list(ChatAgent(conversation, library=library).turn(question)), mind


def said(events: Iterator[Event] | list[Event]) -> str:
    return "".join(one.text for one in events if isinstance(one, Said))


def test_a_question_about_a_change_is_answered_from_the_mirror_and_no_model_is_asked(
    mirrors: MirrorAnswers, tmp_path: Path
) -> None:
    events, mind = asked("What replaced OldOven in kiln 0.2?", mirrors, tmp_path)
    assert mind.asked == 0 and "Rename `OldOven` to `NewOven`" in said(events)
    quoted = [one for one in events if isinstance(one, Quoted)]
    assert quoted[0].page == "kiln@0.1.0:src/lib.rs::OldOven" and quoted[0].version == "kiln 0.1.0"
    for question in ("what does `kiln::Bowl::bake` return?", "what does Bowl::bake give back in kiln?"):
        item, mind = asked(question, mirrors, tmp_path)
        assert mind.asked == 0 and "pub fn bake(&self) -> u32" in said(item)


@pytest.mark.parametrize(
    "question",
    ["How long does a kiln need to cool?", "What changed over the years in the arts?", "is a Bowl a good present?"],
)
def test_a_question_that_is_not_about_a_mirror_is_none_of_theirs(
    mirrors: MirrorAnswers, tmp_path: Path, question: str
) -> None:
    events, mind = asked(question, mirrors, tmp_path)
    assert mind.asked == 1 and "kiln@" not in said(events)


def test_a_name_without_its_crate_is_looked_up_in_mirrors_that_were_read_where_a_change_is_asked_for(
    mirrors: MirrorAnswers, tmp_path: Path
) -> None:
    mirrors.ask("what changed in kiln?")
    events, mind = asked("what took the place of `OldOven`?", mirrors, tmp_path)
    assert mind.asked == 0 and "kiln@0.2.0:CHANGELOG.md:7" in said(events)


def test_in_a_workspace_that_is_locked_to_a_crate_the_mirror_tells_changes_and_the_library_the_rest(
    mirrors: MirrorAnswers, tmp_path: Path
) -> None:
    root = tmp_path / "work"
    (root / "src").mkdir(parents=True)
    (root / "src" / "lib.rs").write_text("")
    (root / "Cargo.toml").write_text('[package]\nname = "work"\nversion = "0.1.0"\n[dependencies]\nkiln = "0.1"\n')
    lock(root, ("work", "0.1.0", ""), ("kiln", "0.1.0", SOURCE))
    now, _ = asked("what does `kiln::Bowl::blend` take?", mirrors, root, root)
    assert "kiln 0.1.0" in said(now) and "water" not in said(now)
    changed, _ = asked("has `kiln::Bowl::blend` changed?", mirrors, root, root)
    assert "water: u32" in said(changed) and "kiln@0.2.0" in said(changed)
