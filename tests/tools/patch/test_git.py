"""In a git repository of any shape, and nothing of it moves but the files."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.tools.patch import Damaged, EditHistory

from .conftest import LIB, books, crate, git, seen

Open = Callable[..., EditHistory]


def there_and_back(history: EditHistory, root: Path) -> None:
    before = seen(root)
    history.apply({"src/lib.rs": b"fn a() {}\r\n", "new/b.bin": b"\0\xff", "Cargo.toml": None}, "one", "two")
    history.undo()
    assert seen(root) == before
    history.redo()
    history.apply({"src/lib.rs": b""}, "two")
    history.undo("all")
    assert seen(root) == before


def kept_in_git(root: Path) -> list[str]:
    return git(root, "for-each-ref", "--format=%(refname)", "refs/rusta").split()


def test_neither_head_nor_index_nor_branch_nor_status_moves(repository: Path, opened: Open) -> None:
    (repository / "src/lib.rs").write_bytes(LIB + b"// theirs\n")
    git(repository, "add", "src/lib.rs")
    (repository / "src/lib.rs").write_bytes(LIB + b"// theirs, unstaged\n")
    (repository / "untracked").write_bytes(b"")
    status, before = git(repository, "status", "--porcelain"), books(repository)
    there_and_back(opened(repository, "monday"), repository)
    assert books(repository) == before
    assert git(repository, "status", "--porcelain") == status
    assert kept_in_git(repository)[0].startswith("refs/rusta/monday-")
    assert not git(repository, "fsck", "--strict", "--no-dangling")


def test_git_itself_explains_a_step(repository: Path, opened: Open) -> None:
    history = opened(repository)
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()")}, "f3 is a g", "One more name to learn")
    told = git(repository, "show", "--format=%B", kept_in_git(repository)[0])
    assert told.startswith("f3 is a g\n\nOne more name to learn\n") and "+pub fn g3() {}" in told


def test_garbage_collection_keeps_the_way_back(repository: Path, opened: Open) -> None:
    before, history = seen(repository), opened(repository)
    history.apply({"src/lib.rs": b"one"}, "one")
    history.apply({"src/lib.rs": b"two"}, "two")
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--aggressive", "--prune=now")
    history.undo("all")
    assert seen(repository) == before


def test_a_way_back_that_was_removed_is_said_clearly(repository: Path, opened: Open) -> None:
    history = opened(repository)
    history.apply({"src/lib.rs": b"one"}, "one")
    git(repository, "rm", "-q", "--cached", "src/lib.rs")
    git(repository, "commit", "-qm", "Gone")
    git(repository, "checkout", "-q", "--orphan", "new")
    git(repository, "branch", "-qD", "main")
    git(repository, "update-ref", "-d", kept_in_git(repository)[0])
    git(repository, "reflog", "expire", "--expire=now", "--all")
    git(repository, "gc", "-q", "--prune=now")
    with pytest.raises(Damaged, match="refs/rusta"):
        history.undo()
    assert (repository / "src/lib.rs").read_bytes() == b"one"
    history.close()
    shutil.rmtree(repository / ".git")
    with pytest.raises(Damaged, match="git repository"):
        opened(repository).undo()


def test_line_endings_and_filters_have_no_part_in_it(repository: Path, opened: Open) -> None:
    git(repository, "config", "core.autocrlf", "true")
    git(repository, "config", "core.safecrlf", "true")
    git(repository, "config", "filter.loud.clean", "tr a-z A-Z")
    git(repository, "config", "filter.loud.smudge", "false")
    git(repository, "config", "filter.loud.required", "true")
    (repository / ".gitattributes").write_text("* text=auto eol=crlf filter=loud working-tree-encoding=UTF-16 ident\n")
    history = opened(repository)
    for data in (b"a\nb\r\n$Id$\n", b"a\r\nb\r\n", b"\xff\xfea\0"):
        history.apply({"src/lib.rs": data}, "one")
    history.undo(2)
    assert (repository / "src/lib.rs").read_bytes() == b"a\nb\r\n$Id$\n"
    history.undo()
    assert (repository / "src/lib.rs").read_bytes() == LIB


def test_no_program_that_the_repository_names_is_run(repository: Path, opened: Open, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path / "sprung"}\nexit 0\n')
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-index-change", "post-checkout", "pre-commit", "post-commit",
                 "fsmonitor-watchman", "pre-auto-gc", "post-rewrite", "update", "pre-push"):  # fmt: skip
        (hooks / name).symlink_to(trap)
        (repository / ".git" / "hooks" / name).symlink_to(trap)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "diff.external",
                "diff.loud.textconv", "diff.loud.command", "merge.loud.driver", "filter.loud.clean", "filter.loud.smudge",
                "filter.loud.process", "gpg.program", "core.alternateRefsCommand", "pager.diff", "pager.cat-file",
                "uploadpack.packObjectsHook", "credential.helper", "core.gitProxy", "alias.cat-file"):  # fmt: skip
        git(repository, "config", key, f"!{trap}" if key.startswith(("alias", "credential")) else str(trap))
    git(repository, "config", "commit.gpgSign", "true")
    git(repository, "config", "core.hooksPath", str(hooks))
    git(repository, "config", "core.logAllRefUpdates", "always")
    (repository / ".gitattributes").write_text("* diff=loud merge=loud filter=loud\n")
    (tmp_path / "sprung").unlink(missing_ok=True)  # setting the traps has sprung some
    history, before = opened(repository), seen(repository)
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()"), ".gitattributes": b"* diff=loud -text\n"}, "one")
    (repository / "src/lib.rs").write_bytes(LIB.replace(b"f3()", b"g3()").replace(b"f25()", b"mine()"))
    history.diff()
    history.undo()
    history.redo()
    (repository / "src/lib.rs").write_bytes(LIB.replace(b"f3()", b"g3()"))
    history.undo()
    assert seen(repository) == before
    assert kept_in_git(repository)
    assert not (tmp_path / "sprung").exists()


def test_the_persons_environment_does_not_reach_git(
    repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere", "GIT_WORK_TREE": "/", "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_EXTERNAL_DIFF": "false", "GIT_NAMESPACE": "x", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "bad",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    history, before = opened(repository), seen(repository)
    history.apply({"src/lib.rs": b""}, "one")
    assert "-pub fn f3" in history.diff()
    history.undo()
    assert seen(repository) == before
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE",
                 "GIT_CONFIG_COUNT"):  # fmt: skip
        monkeypatch.delenv(name)
    assert len(kept_in_git(repository)) == 2


def _empty(root: Path) -> Path:
    git(root, "init", "-q")
    return root


def _detached(root: Path) -> Path:
    _committed(root)
    git(root, "checkout", "-q", "--detach")
    return root


def _committed(root: Path) -> Path:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "A crate")
    return root


def _merging(root: Path) -> Path:
    _committed(root)
    git(root, "checkout", "-qb", "theirs")
    (root / "latin.txt").write_bytes(b"theirs\n")
    git(root, "commit", "-qam", "Theirs")
    git(root, "checkout", "-q", "main")
    (root / "latin.txt").write_bytes(b"ours\n")
    git(root, "commit", "-qam", "Ours")
    assert (
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "merge", "theirs"],
            cwd=root,
            capture_output=True,
        ).returncode
        == 1
    )
    return root


def _worktree(root: Path) -> Path:
    _committed(root)
    git(root, "worktree", "add", "-q", "../tree", "-b", "other")
    return root.parent / "tree"


def _submodule(root: Path) -> Path:
    _committed(root)
    outer = root.parent / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "--quiet", "add", str(root), "inner")
    return outer / "inner"


def _beside_bare(root: Path) -> Path:
    _committed(root)
    (root / ".git").rename(root / ".bare")
    git(root / ".bare", "config", "core.bare", "true")
    (root / ".git").write_text("gitdir: ./.bare\n")
    return root


def _folder_of_repository(root: Path) -> Path:
    _committed(root.parent)
    return root


def _sha256(root: Path) -> Path:
    git(root, "init", "-q", "--object-format=sha256")
    return root


def _shallow(root: Path) -> Path:
    _committed(root)
    git(root, "commit", "-q", "--allow-empty", "-m", "more")
    git(root.parent, "clone", "-q", "--depth=1", root.as_uri(), "shallow")
    (root.parent / "shallow" / "empty").mkdir()
    return root.parent / "shallow"


def _separate(root: Path) -> Path:
    git(root, "init", "-q", "--separate-git-dir", str(root / "books"))
    return root


def _broken_config(root: Path) -> Path:
    _committed(root)
    (root / ".git" / "config").write_text("[core\n")
    return root


def _unknown_extension(root: Path) -> Path:
    _committed(root)
    git(root, "config", "core.repositoryFormatVersion", "1")
    git(root, "config", "extensions.fromTheFuture", "true")
    return root


def _dangling(root: Path) -> Path:
    (root / ".git").write_text("gitdir: /nowhere\n")
    return root


SHAPES = {
    "empty": _empty, "detached": _detached, "in the middle of a merge": _merging, "worktree": _worktree,
    "submodule": _submodule, "beside its bare repository": _beside_bare, "folder of a repository": _folder_of_repository,
    "sha256": _sha256, "shallow": _shallow, "books in the workspace": _separate, "broken config": _broken_config,
    "from the future": _unknown_extension, "dangling": _dangling,
}  # fmt: skip
FALL_BACK = {"beside its bare repository", "broken config", "from the future", "dangling"}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_repository_of_any_shape(shape: str, tmp_path: Path, opened: Open) -> None:
    root = SHAPES[shape](crate(tmp_path / "crate"))
    history = opened(root)
    there_and_back(history, root)
    if shape not in FALL_BACK:
        assert len(kept_in_git(root)) == 5
        git(root, "fsck", "--strict", "--no-dangling")
        git(root, "gc", "-q", "--prune=now")
        history.redo("all")
        history.undo("all")


def test_two_worktrees_of_one_repository_have_a_history_each(tmp_path: Path, opened: Open) -> None:
    other = _worktree(crate(tmp_path / "crate"))
    here, there = opened(tmp_path / "crate", "same"), opened(other, "same")
    here.apply({"a.rs": b"1"}, "one")
    there.apply({"b.rs": b"2"}, "two")
    assert [len(history.steps()) for history in (here, there)] == [1, 1]
    assert len(kept_in_git(other)) == 2


def test_the_books_of_a_repository_are_not_hers_wherever_they_lie(tmp_path: Path, opened: Open) -> None:
    from rusta.tools.patch import EditRefused

    for shape in (_separate, _beside_bare):
        root = shape(crate(tmp_path / shape.__name__ / "crate"))
        with pytest.raises(EditRefused):
            opened(root).apply({("books" if shape is _separate else ".bare") + "/config": b""}, "one")


def test_a_repository_that_a_group_writes_to_stays_one(repository: Path, opened: Open) -> None:
    (repository / ".git" / "objects").chmod(0o2775)
    opened(repository).apply({"a.rs": b"1"}, "one")
    folders = [path for path in (repository / ".git" / "objects").iterdir() if len(path.name) == 2]
    assert any(path.stat().st_mode & 0o7777 == 0o2775 for path in folders)


def test_what_became_a_repository_later_keeps_its_earlier_steps(plain: Path, opened: Open) -> None:
    before, history = seen(plain), opened(plain)
    history.apply({"a.rs": b"1"}, "one")
    history.close()
    _committed(plain)
    history = opened(plain)
    history.apply({"a.rs": b"2"}, "two")
    history.undo("all")
    assert seen(plain) == before
