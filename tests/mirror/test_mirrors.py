"""A mirror follows its upstream whatever its history does, and a failure says what it is and leaves the mirror as it was."""

import os
import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import DoorShut, Network
from rusta.mirror import mirrors as mirrors_module
from rusta.mirror.commit_files import DamagedRepository
from rusta.mirror.mirror_check import mirror_findings
from rusta.mirror.mirror_lock import MirrorBusy, mirror_locked
from rusta.mirror.mirror_state import DamagedRecord
from rusta.mirror.mirrors import AlreadyThere, Mirrors, NoMirror
from rusta.mirror.repository import MirrorRepository, NotBrought, NoUpstream, opened_mirror
from rusta.mirror.upstream import Upstream
from tests.mirror.upstreams import blob, changed, files_below, hostile, tree, upstream
from tests.repositories import git, make_trap, sprung


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return upstream(tmp_path / "up")


@pytest.fixture
def mirrors(home: Home) -> Mirrors:
    return Mirrors(home, {"burn": Upstream("https://example.org/burn", depth=7)}, Network(online=False))


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")


def clean(mirrors: Mirrors, name: str, root: Path) -> bool:
    """Whether a mirror is whole, has the upstream's newest state, and nothing of a killed process is left in it."""
    folder = mirrors.home.mirrors / name
    left = [*folder.glob(".git/**/*.lock"), *folder.glob(".git/**/tmp_*"), *folder.glob(".git/rusta-index*")]
    same = MirrorRepository(folder).newest == head(root) == git(folder, "rev-parse", "HEAD")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    return same and not left and not status and not MirrorRepository(folder).damage(thorough=True)


def test_the_first_update_brings_a_state_and_the_next_says_what_is_new(mirrors: Mirrors, root: Path) -> None:
    first = mirrors.add(str(root), None, {})
    assert (first.name, first.before, first.newest, first.reflected) == ("up", "", head(root), head(root))
    assert files_below(mirrors.home.mirrors / "up") == files_below(root) and clean(mirrors, "up", root)
    assert not mirrors.update("up").new
    before = head(root)
    changed(root, "pub fn new() {}\n", "add new\n\nIt is better.\n")
    changed(root, "text", "docs", "docs/a.md")
    second = mirrors.update("up")
    assert second.new and (second.before, second.newest, second.reflected) == (before, head(root), before)
    assert [(one.subject, one.body) for one in second.commits] == [("docs", ""), ("add new", "It is better.")]
    assert [(one.path, one.change) for one in second.changes] == [("docs/a.md", "added"), ("src/lib.rs", "changed")]
    assert mirrors.changes("up", None).commits == second.commits
    assert clean(mirrors, "up", root)
    mirrors.mark_reflected("up", head(root))
    assert mirrors.changes("up", None).changes == []


def test_only_what_is_followed_is_brought_and_to_its_depth(mirrors: Mirrors, tmp_path: Path) -> None:
    root = upstream(tmp_path / "up", commits=12)
    git(root, "tag", "v0.1.0", "HEAD~10")
    git(root, "tag", "-m", "two", "v0.2.0", "HEAD~1")
    git(root, "update-ref", "refs/pull/1/head", "HEAD~3")
    git(root, "branch", "other", "HEAD~2")
    mirrors.add(str(root), "up", {"depth": 4})
    folder = mirrors.home.mirrors / "up"
    refs = set(git(folder, "for-each-ref", "--format=%(refname)").split())
    assert refs == {"refs/rusta/newest", "refs/rusta/reflected", "refs/tags/v0.2.0"}
    assert git(folder, "rev-list", "--count", "HEAD") == "4"
    changes = mirrors.changes("up", "0.1.0")  # its commit is brought when it is asked for
    assert [one.change for one in changes.changes] == ["changed"] and changes.old == git(root, "rev-parse", "v0.1.0")
    assert git(folder, "rev-list", "--count", "HEAD") == "4"


@pytest.mark.parametrize("what", ["force push", "squashed", "renamed", "rewound", "unrelated"])
def test_whatever_happens_to_a_history_trees_are_compared(what: str, mirrors: Mirrors, root: Path) -> None:
    before = mirrors.add(str(root), "up", {}).newest
    if what == "force push":
        git(root, "reset", "-q", "--hard", "HEAD~2")
        changed(root, "pub fn other() {}\n", "other")
    elif what == "squashed":
        git(root, "reset", "-q", "--soft", git(root, "rev-list", "--max-parents=0", "HEAD"))
        git(root, "commit", "-q", "--amend", "-m", "all in one")
    elif what == "renamed":
        git(root, "branch", "-m", "main", "trunk")
        changed(root, "pub fn other() {}\n", "other")
    elif what == "rewound":
        git(root, "reset", "-q", "--hard", "HEAD~1")
    else:
        git(root, "checkout", "-q", "--orphan", "new")
        git(root, "commit", "-qm", "anew")
        git(root, "branch", "-D", "main")
    found = mirrors.update("up")
    assert found.new and found.newest == head(root) and found.reflected == before
    assert [one.path for one in found.changes] == ([] if what in ("squashed", "unrelated") else ["src/lib.rs"])
    assert clean(mirrors, "up", root) and files_below(mirrors.home.mirrors / "up") == files_below(root)
    assert not mirrors.update("up").new


@pytest.mark.parametrize("kind", ["bare", "shallow", "detached", "worktree"])
def test_an_upstream_of_another_shape_is_followed(kind: str, mirrors: Mirrors, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    if kind == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(root), str(other))
    elif kind == "shallow":
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", str(other))
    elif kind == "detached":
        git(tmp_path, "clone", "-q", str(root), str(other))
        git(other, "checkout", "-q", "--detach", "HEAD~1")
    else:
        git(root, "worktree", "add", "-q", "-b", "second", str(other))
    found = mirrors.add(str(other), "up", {})
    assert found.newest == git(other, "rev-parse", "HEAD") and not mirrors.update("up").new


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to another user")
def test_an_upstream_of_another_user_is_followed(mirrors: Mirrors, root: Path) -> None:
    for path in (root, *root.rglob("*")):
        os.chown(path, 12345, 12345)
    assert mirrors.add(str(root), "up", {}).newest and not mirrors.update("up").new


def test_the_newest_release_is_followed_and_a_branch_that_is_named(mirrors: Mirrors, root: Path) -> None:
    git(root, "tag", "-m", "annotated", "v0.9.0", "HEAD~2")
    git(root, "branch", "dev", "HEAD~1")
    released = mirrors.add(str(root), "released", {"release": "v"})
    assert released.newest == git(root, "rev-parse", "v0.9.0^{commit}") and released.followed == "refs/tags/v0.9.0"
    assert mirrors.add(str(root), "dev", {"branch": "dev"}).newest == git(root, "rev-parse", "dev")
    git(root, "tag", "v0.10.0", "HEAD")
    assert mirrors.update("released").newest == head(root) and not mirrors.update("dev").new


def test_a_name_that_an_option_has_takes_its_settings_and_another_address(mirrors: Mirrors, root: Path) -> None:
    mirrors.add(str(root), "burn", {})
    assert mirrors.upstream("burn") == Upstream(str(root), depth=7)
    offered = Mirrors(
        mirrors.home, {"local": Upstream(str(root), release="v", docs=["guide/**"])}, Network(online=False)
    )
    assert offered.add("local", None, {"branch": "main"}).newest == head(root)
    assert offered.upstream("local") == Upstream(str(root), branch="main", docs=["guide/**"])
    offered.add("local", "again", {"branch": "main", "depth": 2})
    assert offered.upstream("again") == Upstream(str(root), branch="main", docs=["guide/**"], depth=2)


def test_without_network_nothing_is_asked_of_another_machine(mirrors: Mirrors, root: Path) -> None:
    for command in (lambda: mirrors.add("burn", None, {}), lambda: mirrors.update("burn"), lambda: mirrors.renew("burn"),
                    lambda: mirrors.add("https://example.org/x", None, {})):  # fmt: skip
        with pytest.raises(DoorShut, match="network=online"):
            command()
    assert mirrors.here() == [] and not (mirrors.home.mirrors / "burn").exists()


def test_an_upstream_that_is_gone_or_none_is_said_and_nothing_is_kept(
    mirrors: Mirrors, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q", "-b", "main")
    with pytest.raises(NoUpstream, match="is no git repository"):
        mirrors.add(str(tmp_path / "plain"), None, {})
    with pytest.raises(ConfigError, match="It has no commit yet"):
        mirrors.add(str(tmp_path / "empty"), None, {})
    with pytest.raises(NoUpstream, match="neither a folder"):
        mirrors.add(str(tmp_path / "nothing"), None, {})
    with pytest.raises(ConfigError, match=r"has no branch trunk\. It has: main"):
        mirrors.add(str(root), None, {"branch": "trunk"})
    assert mirrors.here() == [] and not (mirrors.home.mirrors / "plain").exists()
    mirrors.add(str(root), None, {})
    kept = files_below(mirrors.home.mirrors / "up")
    root.rename(tmp_path / "away")
    with pytest.raises(NoUpstream, match="is not there"):
        mirrors.update("up")
    assert files_below(mirrors.home.mirrors / "up") == kept and mirrors.changes("up", None).changes == []


def test_names_that_are_taken_or_none_are_refused(mirrors: Mirrors, root: Path) -> None:
    mirrors.add(str(root), None, {})
    with pytest.raises(AlreadyThere, match="rusta mirror update up"):
        mirrors.add(str(root), None, {})
    for name in ("../up", "UP", "", ".rusta", "a/b", "-x"):
        with pytest.raises((ConfigError, NoMirror)):
            mirrors.add(str(root), name or "!", {})
        with pytest.raises(NoMirror):
            mirrors.update(name)
        with pytest.raises(NoMirror):
            mirrors.remove(name)
    with pytest.raises(NoMirror, match="was not brought yet"):
        mirrors.changes("burn", None)
    assert (mirrors.home.mirrors / "up").is_dir()


def test_a_repository_without_rust_is_kept_and_said(mirrors: Mirrors, tmp_path: Path) -> None:
    root = upstream(tmp_path / "up")
    git(root, "rm", "-q", "-r", "src", "Cargo.toml")
    changed(root, "# Words", "words", "README.md")
    assert "holds no Rust" in mirrors.add(str(root), "words", {}).notes[0]


def test_a_full_disk_in_the_middle_of_a_fetch_is_said_and_the_mirror_is_as_it_was(mirrors: Mirrors, root: Path) -> None:
    before = mirrors.add(str(root), "up", {}).newest
    (root / "noise.bin").write_bytes(os.urandom(900_000))
    changed(root, "x", "noise")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(NotBrought, match=r"The disk is full, or a file grew larger.*the mirror is as it was"):
            mirrors.update("up")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    repository = MirrorRepository(mirrors.home.mirrors / "up")
    assert repository.newest == repository.reflected == before and not repository.damage(thorough=True)
    found = mirrors.update("up")
    assert found.newest == head(root) and found.reflected == before and clean(mirrors, "up", root)


HARMS = {
    "a pack": lambda git_dir: [path.chmod(0o644) or path.write_bytes(b"x" * 99) for path in git_dir.glob("objects/*/*")],
    "HEAD": lambda git_dir: (git_dir / "HEAD").write_text(""),
    "the mark": lambda git_dir: [(git_dir / "refs/rusta/newest").write_text("x" * 40), (git_dir / "packed-refs").unlink(missing_ok=True)],
    "all": lambda git_dir: [shutil.rmtree(git_dir), git_dir.write_text("gitdir: /nowhere\n")],
    "the objects": lambda git_dir: shutil.rmtree(git_dir / "objects"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_mirror_is_said_and_made_anew_with_what_was_reflected(
    harm: str, mirrors: Mirrors, root: Path
) -> None:
    before = mirrors.add(str(root), "up", {}).newest
    changed(root, "pub fn next() {}\n", "next")
    mirrors.update("up")
    HARMS[harm](mirrors.home.mirrors / "up/.git")
    changed(root, "pub fn more() {}\n", "more")
    assert [one["ok"] for one in mirror_findings(mirrors, "up", print)][-1] is False
    if harm in ("a pack", "HEAD", "the mark"):
        with pytest.raises(DamagedRepository, match="rusta mirror renew up"):
            mirrors.update("up")
    found = mirrors.renew("up")
    assert found.newest == head(root) and found.reflected == before and clean(mirrors, "up", root)
    assert [one.subject for one in mirrors.changes("up", None).commits] == ["more", "next"]


def test_what_was_reflected_and_is_gone_upstream_is_taken_from_the_old_mirror_or_said(
    mirrors: Mirrors, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mirrors.add(str(root), "up", {}).newest
    git(root, "checkout", "-q", "--orphan", "new")
    git(root, "commit", "-qm", "anew")
    git(root, "branch", "-D", "main")
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")
    assert mirrors.renew("up").reflected == before
    shutil.rmtree(mirrors.home.mirrors / "up")
    shutil.rmtree(mirrors.home.mirrors / ".rusta/up.damaged")
    lost = mirrors.update("up")
    assert (
        lost.reflected == head(root) and before[:12] in lost.notes[0] and "no longer at its upstream" in lost.notes[0]
    )


def test_nothing_that_a_hostile_tree_names_is_written_outside_or_as_a_link(mirrors: Mirrors, root: Path) -> None:
    evil = blob(root, b"evil")
    hostile(root, [
        ("120000", b"link", blob(root, b"/etc")), ("100644", b"..", evil), ("100644", b"SRC", evil), ("100644", b"a\\b", evil),
        ("40000", b".GIT", tree(root, ("100644", b"config", evil))), ("100644", b"cargo.toml", evil), ("100644", b"ok", evil),
        ("100644", b"big", blob(root, b"\0" * 20_000_001)), ("100644", b".gitattributes", blob(root, b"* filter=x eol=crlf ident\n")),
    ])  # fmt: skip
    found = mirrors.add(str(root), "up", {})
    folder = mirrors.home.mirrors / "up"
    assert set(files_below(folder)) == {"Cargo.toml", "src/lib.rs", "ok", ".gitattributes"}
    assert files_below(folder)["src/lib.rs"] == (root / "src/lib.rs").read_bytes()
    assert all(name.startswith("mirrors/") for name in files_below(mirrors.home.mirrors.parent))
    assert found.laid_out is not None
    said = found.laid_out.skipped
    assert (
        said["link"] == "it is a symlink"
        and "letter case" in said["cargo.toml"]
        and said["big"] == "it is larger than 20 MB"
    )
    assert "leads out" in said[".."] and "git's own" in said[".GIT/config"]
    changed_again = hostile(root, [("100644", b"ok2", evil)])
    assert mirrors.update("up").newest == changed_again and "ok2" in files_below(folder)


def test_what_somebody_else_put_into_the_work_tree_stays_and_links_there_are_not_followed(
    mirrors: Mirrors, root: Path, tmp_path: Path
) -> None:
    changed(root, "text", "docs", "docs/a.md")
    changed(root, "text", "more", "old/only.md")
    mirrors.add(str(root), "up", {})
    folder, elsewhere = mirrors.home.mirrors / "up", tmp_path / "elsewhere"
    (folder / "mine.txt").write_text("mine")
    (folder / "src/lib.rs").write_text("edited")
    shutil.move(folder / "docs", elsewhere)
    (folder / "docs").symlink_to(elsewhere)
    (folder / "old/mine.txt").write_text("mine")
    git(root, "rm", "-q", "-r", "old")
    changed(root, "new text", "docs", "docs/a.md")
    changed(root, "a file now", "old", "old")
    found = mirrors.update("up")
    assert (elsewhere / "a.md").read_text() == "text" and (folder / "docs/a.md").read_text() == "new text"
    assert (folder / "mine.txt").read_text() == "mine" and (folder / "src/lib.rs").read_text() != "edited"
    assert (folder / "old/mine.txt").read_text() == "mine" and not (folder / "old/only.md").exists()
    assert found.laid_out and found.laid_out.removed == 1 and "somebody else's" in found.laid_out.skipped["old"]


def test_only_the_part_that_is_asked_for_is_laid_out_and_the_rest_can_be_read(mirrors: Mirrors, root: Path) -> None:
    changed(root, "text", "docs", "docs/a.md")
    part = Mirrors(mirrors.home, {"part": Upstream(str(root), only=["src/**"])}, Network(online=False))
    part.update("part")
    folder = part.home.mirrors / "part"
    assert set(files_below(folder)) == {"src/lib.rs"} and clean(part, "part", root)
    with opened_mirror(folder) as repository:
        assert repository.files("newest").read("docs/a.md", 100) == b"text"
    whole = Mirrors(mirrors.home, {"part": Upstream(str(root))}, Network(online=False))
    whole.update("part")
    assert "docs/a.md" in files_below(folder) and clean(whole, "part", root)
    part.update("part")
    assert set(files_below(folder)) == {"src/lib.rs"} and clean(part, "part", root)


def test_two_updates_at_once_the_second_says_so(mirrors: Mirrors, root: Path) -> None:
    mirrors.add(str(root), "up", {})
    with mirror_locked(mirrors.records.folder / "up.lock", "up"):
        for command in (lambda: mirrors.update("up"), lambda: mirrors.remove("up"), lambda: mirrors.renew("up")):
            with pytest.raises(MirrorBusy, match=f"is being updated by process {os.getpid()}"):
                command()
        assert mirrors.changes("up", None).new  # reading goes on
        assert "is being updated" in mirror_findings(mirrors, "up", print)[0]["what"]
    assert not mirrors.update("up").new


def test_a_git_that_outlives_its_killed_parent_is_waited_for(tmp_path: Path) -> None:
    file, said = tmp_path / "up.lock", list[str]()
    gone = subprocess.Popen(["true"])
    gone.wait()
    with file.open("a+b") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        file.write_text(str(gone.pid))
        orphan = subprocess.Popen(["sleep", "0.4"], pass_fds=[lock.fileno()])
    with mirror_locked(file, "up", said.append):
        assert orphan.poll() is not None or orphan.wait(1) == 0
    assert said == ["An update of up was killed, and its git still runs: I wait for it."]


def test_a_clock_that_jumps_changes_nothing(mirrors: Mirrors, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors_module, "now", lambda: "2199-01-01T00:00:00.000Z")
    mirrors.add(str(root), "up", {})
    monkeypatch.setattr(mirrors_module, "now", lambda: "1970-01-01T00:00:00.000Z")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    for file in (mirrors.home.mirrors / "up").rglob("*"):
        os.utime(file, (4e9, 4e9), follow_symlinks=False)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1 +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1 +0000")
    changed(root, "pub fn early() {}\n", "early")
    found = mirrors.update("up")
    assert [(one.subject, one.date) for one in found.commits] == [("early", "1970-01-01T00:00:01+00:00")]
    assert clean(mirrors, "up", root) and not mirrors.update("up").new


@pytest.mark.parametrize("date", [b"99999999999999999999 +0000", b"1 +9999", b"999999999999 +0000", b"x"])
def test_a_commit_with_an_odd_date_has_none(date: bytes, mirrors: Mirrors, root: Path) -> None:
    mirrors.add(str(root), "up", {})
    parent, whole = head(root), git(root, "rev-parse", "HEAD^{tree}")
    raw = (
        f"tree {whole}\nparent {parent}\nauthor x <x> ".encode() + date + b"\ncommitter x <x> 1 +0000\n\n\x1b[2Jhello\n"
    )
    words = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    oid = subprocess.run(words, cwd=root, input=raw, capture_output=True, check=True).stdout.decode().strip()
    git(root, "update-ref", "refs/heads/main", oid)
    (commit,) = mirrors.update("up").commits
    assert (commit.subject, commit.date) == ("\x1b[2Jhello", "")


def test_a_record_of_a_persons_is_refused_by_name_where_it_is_damaged(mirrors: Mirrors, root: Path) -> None:
    mirrors.add(str(root), "up", {})
    mirrors.add(str(root), "second", {})
    file = mirrors.records.folder / "up.upstream.json"
    for text in ("", "{", "[]", '{"address": 3}', '{"address": "ext::x"}', '{"address": "/x", "depth": "y"}'):
        file.write_text(text)
        with pytest.raises(DamagedRecord, match=r"up\.upstream\.json is damaged.*rusta mirror remove up"):
            mirrors.update("up")
    assert not mirrors.update("second").new
    mirrors.remove("up")
    assert mirrors.here() == ["second"]


def test_nothing_runs_that_a_stranger_put_into_an_upstream_or_a_mirror(
    mirrors: Mirrors, root: Path, tmp_path: Path
) -> None:
    trap = make_trap(tmp_path)
    mirrors.add(str(root), "up", {})
    changed(root, "* filter=loud diff=loud\n", "attributes", ".gitattributes")
    folder = mirrors.home.mirrors / "up"
    for at in (root, folder):
        for key in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand", "filter.loud.smudge",
                    "filter.loud.process", "core.gitProxy", "credential.helper", "diff.external"):  # fmt: skip
            git(at, "config", key, str(trap))
        for hook in (
            "post-checkout",
            "post-index-change",
            "reference-transaction",
            "pre-auto-gc",
            "fsmonitor-watchman",
        ):
            (at / ".git/hooks").mkdir(exist_ok=True)
            (at / ".git/hooks" / hook).symlink_to(trap)
    trap.with_name("sprung").unlink(missing_ok=True)
    assert mirrors.update("up").newest == head(root)
    mirrors.changes("up", None)
    mirror_findings(mirrors, "up", print)
    assert not sprung(trap)


def test_a_history_is_trimmed_from_its_oldest_end_and_stays_so(mirrors: Mirrors, tmp_path: Path) -> None:
    root = upstream(tmp_path / "up", 1)
    for n in range(8):
        (root / "noise.bin").write_bytes(os.urandom(100_000))
        changed(root, f"// {n}\n", f"noise {n}")
    git(root, "tag", "v0.1.0", "HEAD~7")
    small = Mirrors(mirrors.home, {}, Network(online=False), most=900_000)
    before = small.add(str(root), "up", {}).newest
    folder = small.home.mirrors / "up"
    held = int(git(folder, "rev-list", "--count", "HEAD"))
    assert held < 9 and MirrorRepository(folder).size() <= 900_000 and not git(folder, "tag")
    assert small.records.note("up").depth == held and clean(small, "up", root)
    changed(root, "// more\n", "more")
    found = small.update("up")
    assert found.reflected == before and [one.subject for one in found.commits] == ["more"] and clean(small, "up", root)
    for n in range(8):
        (root / "noise.bin").write_bytes(os.urandom(100_000))
        changed(root, f"// again {n}\n", f"again {n}")
    found = small.update("up")
    assert found.reflected == before and clean(small, "up", root) and small.changes("up", None).old == before
    tiny = Mirrors(mirrors.home, {}, Network(online=False), in_all=1)
    tiny.trim_all()
    assert git(folder, "rev-list", "--count", "HEAD") == "1" and clean(tiny, "up", root)
    assert MirrorRepository(folder).reflected == before and not tiny.update("up").new
