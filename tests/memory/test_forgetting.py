"""What is forgotten is nowhere in the home: real journals, real git, real index, and everything else that may hold a copy."""

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rusta.cli.leaving import settle_in
from rusta.core import home as home_module
from rusta.core.errors import ConfigError, RustaError
from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.session import begin, resume
from rusta.memory.forgetting import history_rewrite
from rusta.memory.forgetting.forget_entry import forget
from rusta.memory.index.index import Index
from rusta.memory.recall.recall import Memory
from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.store import NoSuchEntry
from rusta.modes.devlog import DevLog
from rusta.tools.patch.history import EditHistory as Edits

SAID = "Our parser crate lexikon is built for the Halvorsen account in Bergen."
HIDDEN = "Its registry on gull is open to anyone with the word [secret] in the address."
SECRET = "plumtree-42-north"
KEPT = "The wire format of heron is big endian for historical reasons."
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def umask() -> Iterator[None]:
    """Put back what a start changes for the whole process."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
    home_module.persons_umask.cache_clear()


def everywhere(home: Home, *words: str) -> list[str]:
    """Where any of the words stand: in bytes of any file, in its name, or in any object of the journals' git."""
    found = []
    for path in Path(home.root).rglob("*"):
        raw = path.read_bytes().lower() if path.is_file() and not path.is_symlink() else b""
        found += [f"{path}: {word}" for word in words if word.lower().encode() in raw or word in path.name]
    for folder in (home.devlogs / ".git",):
        objects = subprocess.run(
            ["git", f"--git-dir={folder}", "cat-file", "--batch", "--batch-all-objects", "--unordered"],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        assert objects  # or nothing was looked into
        found += [f"git: {word}" for word in words if word.lower().encode() in objects.lower()]
    return found


def filled(home: Home, tmp_path: Path) -> str:
    """A home in which an entry left its words wherever she keeps any. The entry's path."""
    logs = DevLogs(home.devlogs)
    root = Path(home.root)
    kept = logs.write("semantic", "Wire", KEPT)
    path = logs.write("semantic", SAID[:-1], f"> {SAID}\n> {HIDDEN}", source="session x")
    logs.tag(path, "lexikon")
    digest = logs.write("semantic", "This month", f"In short: {SAID} And more.", links=[path, kept])
    logs.supersede(path, digest)
    talk = begin(home.sessions)
    talk.add(Turn(Role.PERSON, f'{SAID} {HIDDEN.replace("[secret]", SECRET)} Does "it" build?'))
    talk.add(Turn(Role.RUSTA, "For Halvorsen it does."))
    talk.add(Turn(Role.PERSON, f"Is {SECRET} the word?"))
    talk.add(Turn(Role.RUSTA, "Good. The format is big endian."))
    talk.note({"type": "recalled", "path": path, "why": "it holds 70 % of what was asked"})
    (home.sessions / ".typed").write_text(f"\n# 2026-11-29\n+{SAID}\n+and more\n\n# 2026-11-29\n+what is a lifetime\n")
    for folder in (
        "drafts",
        "models/prompt-cache",
        "data/growth",
        "data/other",
        "life/growth",
        "life/other",
        "runs/one",
        "library",
    ):
        (root / folder).mkdir(parents=True)
    (root / "drafts" / "one.md").write_text(f"---\njournal: lab\n---\n{SAID}\nMine.")
    (root / "models/prompt-cache/one.bin").write_bytes(b"\0\1" + SAID.encode())
    (root / "library/crates.sqlite").write_bytes(b"\0\1" + SAID.encode())  # of the workspace's documentation
    (root / "data/growth/pages.jsonl").write_text(json.dumps({"text": f"{SAID} Kept."}) + "\n")
    (root / "data/other/page.md").write_text(KEPT)
    (root / "life/growth/run.yaml").write_text("data: {growth: 1.0}\n")
    (root / "life/other/run.yaml").write_text("data: {other: 1.0}\n")
    (root / "runs/one/samples.md").write_text(f"She said: {SAID}")
    crate = tmp_path / "crate"
    crate.mkdir()
    with Edits.open(crate, root, "s") as edits:
        edits.apply({"README.md": f"{SAID}\n".encode()}, f"As you said: {SAID}", "nothing")
    index = Index(home.devlogs, home.index)
    index.refresh()
    index.uses.used(path, True)
    index.close()
    (root / "index.sqlite.damaged").write_bytes(
        b"\0\0hal" + b"\0" * 4000 + b"vorsen"
    )  # a text that ends on another page
    assert len(everywhere(home, "Halvorsen")) > 8
    return path


def test_after_forgetting_no_file_and_no_object_of_git_holds_the_text_and_all_else_is_there(
    home: Home, tmp_path: Path
) -> None:
    path = filled(home, tmp_path)
    commits = subprocess.run(["git", "log", "--format=%an"], cwd=home.devlogs, capture_output=True, text=True).stdout
    done = forget(home, path)
    assert everywhere(home, "Halvorsen", SECRET, "lexikon-is-built", SAID, path) == []
    assert set(done.marked) == {"data/growth", "life/growth"} and not done.left
    logs, root = DevLogs(home.devlogs), Path(home.root)
    with pytest.raises(NoSuchEntry):
        logs.read(path)
    assert len(list(logs.paths())) == 2 and not logs.doctor()
    digest = next(one for one in logs.entries() if one.title == "This month")
    assert (
        "In short:" in digest.body and "And more." in digest.body and not digest.supersedes and len(digest.links) == 1
    )
    git = ["git", "log", "--format=%an"]
    assert subprocess.run(git, cwd=home.devlogs, capture_output=True, text=True).stdout == commits
    assert not subprocess.run(["git", "status", "--short"], cwd=home.devlogs, capture_output=True, text=True).stdout
    assert any(one.body.strip().endswith(KEPT) for one in logs.entries())
    turns = [turn.text for turn in resume(home.sessions, "last").turns]
    assert len(turns) == 4 and turns[1] == turns[3] == "[forgotten]"  # answers to what held it
    assert 'Does "it" build?' in turns[0]
    assert "lifetime" in (home.sessions / ".typed").read_text()
    assert "Mine." in (root / "drafts/one.md").read_text() and "Kept." in (root / "data/growth/pages.jsonl").read_text()
    stone = (home.devlogs / ".rusta/forgotten.jsonl").read_text()
    assert "was forgotten" in stone and "lexikon" not in stone
    assert not (root / ".forgetting").exists() and not list(root.rglob("*.damaged*"))
    index = Index(home.devlogs, home.index)
    index.refresh()
    assert not index.search("Halvorsen", status="all") and index.search("endian")
    logs.write("lab", "After", "The next entry is written and recorded as ever.")
    assert len(logs.history(path)) == 0 and not logs.doctor()


@pytest.mark.parametrize("at", ["rewrite", "sweep", "_tombstone"])
def test_a_killed_forgetting_goes_on_at_the_next_start(
    at: str, home: Home, tmp_path: Path, umask: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = filled(home, tmp_path)
    script = (
        "import os\nfrom rusta.core.home import Home\nfrom rusta.memory.forgetting import forget_entry, history_rewrite\n"
        f"where = history_rewrite if {at!r} == 'rewrite' else forget_entry\n"
        f"setattr(where, {at!r}, lambda *_: os._exit(9))\n"
        f"forget_entry.forget(Home({home.root!r}, ''), {path!r})\n"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 9
    assert everywhere(home, "Halvorsen")
    settle_in(Path(home.root))
    assert "have gone on" in capsys.readouterr().err
    assert everywhere(home, "Halvorsen", SECRET, path) == []
    assert len((home.devlogs / ".rusta/forgotten.jsonl").read_text().splitlines()) == 1
    marked = [one.parent.relative_to(home.root).as_posix() for one in Path(home.root).rglob(".forgotten.jsonl")]
    assert sorted(marked) == ["data/growth", "life/growth"]


def test_what_a_killed_exchange_of_repositories_left_is_removed(home: Home, tmp_path: Path) -> None:
    path = filled(home, tmp_path)
    (home.devlogs / "..git.123").mkdir()
    (home.devlogs / "..git.123" / "packed").write_text(SAID)
    (home.devlogs / ".git-broken-1").mkdir()
    (home.devlogs / ".git-broken-1" / "packed").write_text(SAID)
    forget(home, path)
    assert everywhere(home, "Halvorsen") == []


def test_a_title_that_is_in_every_second_entry_is_forgotten_in_one(home: Home) -> None:
    logs = DevLogs(home.devlogs)
    one = logs.write("episodic", "E0502, mended", "I moved the read before the write in the ledger of gull, once.")
    two = logs.write("episodic", "E0502, mended", "I copied the number out of the map in heron and it compiled.")
    forget(home, one)
    assert logs.read(two).title == "E0502, mended" and "heron" in logs.read(two).body
    assert len(logs.history(two)) == 1 and everywhere(home, "ledger of gull") == []


def test_names_with_other_letters_and_a_merge_survive_the_rewriting() -> None:
    stream = (
        b"blob\nmark :1\ndata 4\nkeep\nblob\nmark :2\ndata 4\ngone\n"
        b"reset refs/heads/main\ncommit refs/heads/main\nmark :3\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\ndata 5\nfirst"
        b'M 100644 :1 "semantic/\\303\\244 b.md"\nM 100644 :2 "semantic/\\303\\266.md"\n\n'
        b"commit refs/heads/main\nmark :4\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\ndata 6\nsecond"
        b'from :3\nmerge :3\nD "semantic/\\303\\266.md"\n\n'
    )
    new = history_rewrite.rewritten(stream, {"semantic/ö.md".encode()}, lambda raw: raw)
    assert b"gone" not in new and b"\\303\\266" not in new and b"first" not in new
    assert b"keep" in new and b'M 100644 :1 "semantic/\\303\\244 b.md"' in new and b"from :3\nmerge :3\n\n" in new


def test_forget_asks_first_and_takes_a_flag_in_scripts(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = DevLogs(home.devlogs).write("semantic", SAID[:-1], SAID)

    def said(answer: str, terminal: bool, **more: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal)
        DevLog(Memory(home), said={"do": "forget", "path": path, **more}).run()

    with pytest.raises(ConfigError, match="yes=true"):
        said("y\n", False)
    with pytest.raises(RustaError, match="stays as it is"):
        said("\n", True)
    assert "does not come back" in capsys.readouterr().err and (home.devlogs / path).exists()
    said("", False, yes="true")
    assert capsys.readouterr().out.startswith("Forgotten.")
    other = DevLogs(home.devlogs).write("semantic", SAID[:-1], SAID)
    assert other == path  # of the first nothing is left, its name neither
    said("yes\n", True)
    assert everywhere(home, "Halvorsen") == []


def test_what_is_new_in_a_persons_crate_and_its_git_is_as_their_own_umask_has_it(
    home: Home, tmp_path: Path, umask: None
) -> None:
    os.umask(0o022)
    home_module.persons_umask.cache_clear()
    settle_in(Path(home.root))
    subprocess.run(["git", "init", "-q", str(tmp_path / "crate")], check=True, umask=0o022)
    with Edits.open(tmp_path / "crate", Path(home.root), "s") as edits:
        edits.apply({"src/a.rs": b"fn a() {}"}, "new", "")
    assert stat.S_IMODE((tmp_path / "crate/src/a.rs").stat().st_mode) == 0o644
    theirs = [one for one in (tmp_path / "crate").rglob("*") if one.is_dir() or "rusta" in one.parts]
    assert len(theirs) > 5 and all(stat.S_IMODE(one.stat().st_mode) & 0o044 for one in theirs)
    Path(home.root, "new").write_text("")
    assert stat.S_IMODE(Path(home.root, "new").stat().st_mode) == 0o600


def test_doctor_names_an_entry_that_kept_a_secret_before_and_how_to_have_it_forgotten(home: Home) -> None:
    logs = DevLogs(home.devlogs)
    told = "Told by the person I work with, in their words:\n\n> The staging password is correcthorse77."
    path = logs.write("semantic", "The staging", told, source="session x")
    logs.write("semantic", "Other", "The password field is a newtype around String.", source="session x")
    (found,) = logs.doctor()
    assert found.path == path and f"rusta devlog forget {path}" in found.what
    forget(home, path)
    assert not logs.doctor() and everywhere(home, "correcthorse77") == []


def test_a_mirror_of_a_published_repository_is_left_as_it_is_at_its_upstream(home: Home) -> None:
    file = home.mirrors / "burn/README.md"
    file.parent.mkdir(parents=True)
    file.write_text(f"{SAID} {HIDDEN}")
    logs = DevLogs(home.devlogs)
    forget(home, logs.write("semantic", SAID[:-1], SAID))
    assert file.read_text() == f"{SAID} {HIDDEN}"
