"""The journals' own repository: a person's settings do not reach it, a broken one stops no entry, other people's are left alone."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from rusta.memory.storage.devlogs import DevLogs
from rusta.memory.storage.history import HistoryWaits
from rusta.memory.storage.store import JournalFolder


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def journals(tmp_path: Path, said: list[str]) -> DevLogs:
    return DevLogs(tmp_path / "devlogs", say=said.append)


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", root, "-c", "core.quotePath=false", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def log(root: Path) -> list[str]:
    return git(root, "log", "--format=%an: %s").splitlines()


def test_a_persons_settings_hooks_and_environment_do_not_reach_it(
    journals: DevLogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "commit-msg"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {marks}/{name}\nexit 1\n")
        (hooks / name).chmod(0o755)
    shout = tmp_path / "shout"
    shout.write_text(f"#!/bin/sh\ntouch {marks}/ran\ntr a-z A-Z\n")
    shout.chmod(0o755)
    shutil.copytree(hooks, tmp_path / "template/hooks")
    config = f"""
[commit]\ngpgSign = true\n[gpg]\nprogram = {shout}\n[log]\nshowSignature = true\n
[core]\nhooksPath = {hooks}\nautocrlf = true\nfsmonitor = {shout}\nattributesFile = {tmp_path}/attributes\nexcludesFile = {tmp_path}/ignore
[init]\ntemplateDir = {tmp_path}/template\ndefaultBranch = trunk
[filter "shout"]\nclean = {shout}\nsmudge = {shout}\nrequired = true
"""
    (tmp_path / "gitconfig").write_text(config)
    (tmp_path / "attributes").write_text("*.md filter=shout text eol=crlf ident\n")
    (tmp_path / "ignore").write_text("*.md\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    path = journals.write("lab", "one", "small letters $Id$")
    with (journals.root / ".git/config").open("a") as out:
        out.write(config)  # and not from inside either
    other = journals.write("lab", "two", "small letters\r\n$Id$", author="dream")
    (journals.root / "lab/mine.md").write_bytes(b"by hand\r\n$Id$\n")
    assert journals.keep() == 1
    journals.tag(path, "x")
    assert len(journals.history(path)) == 2
    for variable in ("GIT_CONFIG_GLOBAL", "GIT_DIR", "GIT_INDEX_FILE", "GIT_AUTHOR_NAME"):
        monkeypatch.delenv(variable)
    assert list(marks.iterdir()) == []
    assert not (tmp_path / "elsewhere").exists()
    shutil.copy(journals.root / ".git/config", tmp_path / "kept")
    (journals.root / ".git/config").write_text("[core]\nrepositoryformatversion = 0\nbare = false\n")
    assert [line.split(": ")[0] for line in log(journals.root)] == ["Rusta", "A person", "Rusta, dreaming", "Rusta"]
    for one in (path, other, "lab/mine.md"):
        blob = subprocess.run(
            ["git", "-C", journals.root, "cat-file", "blob", f"HEAD:{one}"], capture_output=True
        ).stdout
        assert blob == (journals.root / one).read_bytes()
    assert git(journals.root, "branch", "--show-current") == "main\n"


def test_without_git_entries_are_written_and_history_catches_up(
    journals: DevLogs, said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path / "empty"))
        first = journals.write("lab", "one", "text")
        second = journals.write("lab", "two", "text", author="dream")
        journals.tag(first, "x")
        assert said == [
            "git is not installed, so the journals' history waits. Install it: apt install git. What is written is safe in its file."
        ]
        assert journals.read(second).problems == ()
        assert any("does not know of" in problem.what for problem in journals.doctor())
    (journals.root / "lab/mine.md").write_text("by hand")
    journals.write("lab", "three", "text")
    assert [line.partition(": ")[0] for line in log(journals.root)] == [
        "Rusta",
        log_person(journals.root),
        "Rusta",
        "Rusta, dreaming",
    ]
    assert git(journals.root, "status", "--porcelain") == ""
    assert {problem.path for problem in journals.doctor()} == {"lab/mine.md"}


def log_person(root: Path) -> str:
    return next(line.partition(": ")[0] for line in log(root) if "By hand" in line)


def test_a_broken_repository_stops_no_entry_and_is_mended_without_losing_the_old_one(
    journals: DevLogs, said: list[str]
) -> None:
    kept = journals.write("lab", "one", "text")
    for folder in (journals.root / ".git/objects").iterdir():
        shutil.rmtree(folder)
    path = journals.write("lab", "two", "text")
    assert journals.read(path).title == "two"
    assert len(said) == 1
    assert "See: rusta devlog doctor" in said[0]
    assert "What is written is safe" in said[0]
    assert any("git cannot record" in problem.what for problem in journals.doctor())
    done = journals.mend()
    assert "a new one begins" in done[0]
    assert set(git(journals.root, "ls-tree", "-r", "--name-only", "HEAD").split()) == {kept, path}
    assert log(journals.root)[-1] == "Rusta: lab: two", "what waited is still hers"
    assert list(journals.root.glob(".git-broken-*"))
    assert journals.doctor() == []


@pytest.mark.parametrize("away", ["git", "branch"])
def test_a_history_that_is_only_out_of_reach_is_never_put_aside(
    away: str, journals: DevLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals.write("lab", "one", "text")
    if away == "git":
        monkeypatch.setenv("PATH", "")
    else:
        git(journals.root, "checkout", "-q", "--detach")
    with pytest.raises(HistoryWaits, match="not installed" if away == "git" else "not on a branch"):
        journals.mend()
    assert (journals.root / ".git").is_dir()
    assert not list(journals.root.glob(".git-broken-*"))
    assert not any("mend=true" in problem.what for problem in journals.doctor())


def test_a_history_that_is_asked_for_knows_what_was_edited_by_hand(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "text")
    (journals.root / path).write_text("mine")
    (journals.root / "lab/new.md").write_text("mine, too")
    assert [past.summary for past in journals.history(path)] == [f"By hand: {path}", "lab: one"]
    assert [past.summary for past in journals.history("lab/new.md")] == ["By hand: lab/new.md"]
    assert journals.version(journals.history(path)[0]) == b"mine"


def test_inside_another_repository_the_journals_have_their_own(tmp_path: Path) -> None:
    outer = tmp_path / "dotfiles"
    git(tmp_path, "init", "-q", str(outer))
    (outer / "file").write_text("theirs")
    git(outer, "add", "file")
    journals = DevLogs(outer / "devlogs")
    journals.write("lab", "one", "text")
    assert git(outer, "diff", "--cached", "--name-only") == "file\n"
    assert not list((outer / ".git/refs/heads").iterdir())
    assert len(log(journals.root)) == 1


def test_a_repository_that_tracks_the_journals_is_left_alone(tmp_path: Path, said: list[str]) -> None:
    outer = tmp_path / "dotfiles"
    (outer / "devlogs/lab").mkdir(parents=True)
    (outer / "devlogs/lab/mine.md").write_text("theirs")
    git(tmp_path, "init", "-q", str(outer))
    git(outer, "add", ".")
    journals = DevLogs(outer / "devlogs", say=said.append)
    path = journals.write("lab", "one", "text")
    assert journals.read(path).title == "one"
    assert "Another repository already tracks the journals" in said[0]
    assert not (journals.root / ".git").exists()
    git(outer, "rm", "-rq", "--cached", "devlogs")
    journals.write("lab", "two", "text")
    assert len(log(journals.root)) == 3


def test_while_somebody_looks_at_an_older_state_history_waits(journals: DevLogs, said: list[str]) -> None:
    journals.write("lab", "one", "text")
    git(journals.root, "checkout", "-q", "--detach")
    path = journals.write("lab", "two", "text")
    journals.write("lab", "three", "text")
    assert "is not on a branch" in said[0]
    assert len(log(journals.root)) == 1
    git(journals.root, "checkout", "-q", "main")
    journals.write("lab", "four", "text")
    assert [line.split(": ")[-1] for line in log(journals.root)] == ["four", "three", "two", "one"]
    assert journals.history(path)[0].author == "Rusta"


def test_in_the_middle_of_a_merge_nothing_is_kept(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "text")
    git(journals.root, "config", "user.email", "x@y")
    git(journals.root, "config", "user.name", "x")
    git(journals.root, "switch", "-qc", "side")
    (journals.root / path).write_text("side")
    git(journals.root, "commit", "-qam", "side")
    git(journals.root, "switch", "-q", "main")
    (journals.root / path).write_text("main")
    git(journals.root, "commit", "-qam", "main")
    assert subprocess.run(["git", "-C", journals.root, "merge", "-q", "side"], capture_output=True).returncode
    with pytest.raises(HistoryWaits, match="in the middle of a merge"):
        journals.keep()
    journals.write("lab", "two", "text")
    assert "<<<<<<<" not in git(journals.root, "show", f"HEAD:{path}")


def test_locks_that_a_killed_git_left_are_removed_and_a_persons_are_not(journals: DevLogs, said: list[str]) -> None:
    journals.write("lab", "one", "text")
    head, index = (journals.root / ".git" / name for name in ("refs/heads/main.lock", "index.lock"))
    index.touch()  # a person's git at work: the index has to wait, the history does not
    journals.write("lab", "two", "text")
    assert index.exists()
    assert len(log(journals.root)) == 2
    index.unlink()
    journals.keep()
    # As after kill -9 in the middle of a commit: what was intended is known, and git's locks are there.
    store = JournalFolder(journals.root)
    (store.private / "waiting.jsonl").write_text(
        f'{{"author": "rusta", "summary": "cut short", "at": 1, "began": {int(time.time())}, "files": {{"lab/gone.md": "0"}}}}\n{{"auth'
    )
    head.touch()
    index.touch()
    journals.write("lab", "three", "text")
    assert len(log(journals.root)) == 3
    assert not head.exists()
    assert not index.exists()
    assert not list(store.private.glob("waiting*"))
    assert git(journals.root, "status", "--porcelain") == ""
    assert said == []


def test_a_persons_own_commit_in_between_is_built_upon(
    journals: DevLogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The branch moves just as fast-import is about to set it, as when a person commits in that moment."""
    journals.write("lab", "one", "text")
    real = shutil.which("git")
    theirs = tmp_path / "bin/git"
    theirs.parent.mkdir()
    once = tmp_path / "once"
    theirs.write_text(
        f'#!/bin/sh\ncase " $* " in *" fast-import "*) if [ ! -e {once} ]; then touch {once}; cat > {tmp_path}/stream\n'
        f"(cat {tmp_path}/stream | sed '/^done$/d'; sleep 1; echo done) | {real} \"$@\" & sleep 0.4\n"
        f"{real} -C {journals.root} -c user.name=P -c user.email=p@x commit -q --allow-empty -m theirs; wait $!; exit $?; fi;; esac\n"
        f'exec {real} "$@"\n'
    )
    theirs.chmod(0o755)
    monkeypatch.setenv("PATH", f"{theirs.parent}{os.pathsep}{os.environ['PATH']}")
    journals.write("lab", "two", "text")
    assert sorted(log(journals.root)) == ["P: theirs", "Rusta: lab: one", "Rusta: lab: two"]
    assert git(journals.root, "status", "--porcelain") == ""


def test_tidying_loses_nothing(journals: DevLogs) -> None:
    paths = [journals.write("lab", f"{n}", f"text {n}") for n in range(12)]
    journals.tidy()
    loose = list((journals.root / ".git/objects").glob("??/*"))
    assert loose == []
    journals.write("lab", "after", "text")
    assert len(log(journals.root)) == 13
    assert all(len(journals.history(path)) == 1 for path in paths)
    assert git(journals.root, "fsck", "--strict", "--no-dangling") == ""
