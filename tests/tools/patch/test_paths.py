"""What she does not touch, and what she says of it."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.tools.patch import EditHistory, EditRefused, OutsideWorkspace

from .conftest import LIB, seen

Open = Callable[..., EditHistory]


@pytest.mark.parametrize("path", ["../a.rs", "src/../../a.rs", "/etc/passwd", "..", "src/../lib.rs"])
def test_a_path_that_leads_out_is_refused(workspace: Path, opened: Open, path: str) -> None:
    with pytest.raises(OutsideWorkspace, match="workspace"):
        opened(workspace).apply({path: b""}, "one")


@pytest.mark.parametrize(
    "path", ["", ".", "src/", "a\0b", ".git/config", ".GIT/hooks/post-commit", "sub/.git/config", ".g\u200cit/config",
             ".git ./config", "git~1/config", ".git::$INDEX_ALLOCATION/config", "\ud800"],
)  # fmt: skip
def test_a_path_that_names_no_file_of_hers_is_refused(workspace: Path, opened: Open, path: str) -> None:
    before, history = seen(workspace), opened(workspace)
    with pytest.raises(EditRefused):
        history.apply({path: b"", "a.rs": b""}, "one")
    assert seen(workspace) == before


@pytest.mark.parametrize(
    "path", ["line\nbreak/z.rs", "ü/日本.rs", "e\u0301.rs", "-rf", "a b", 'q"uote', "back\\slash", "\udcff", "*", "~",
             ".gitignore", ".github/a.yml", "a" * 255, "%", "CON"],
)  # fmt: skip
def test_odd_names_are_names(workspace: Path, opened: Open, path: str) -> None:
    before, history = seen(workspace), opened(workspace)
    history.apply({path: b"text\n"}, "one")
    assert (workspace / path).read_bytes() == b"text\n"
    assert "+text" in history.diff(1)
    history.close()
    history = opened(workspace)
    assert history.steps()[0].paths == (path,)
    history.undo()
    assert seen(workspace) == before


def test_two_spellings_of_one_file_are_refused(workspace: Path, opened: Open) -> None:
    with pytest.raises(EditRefused, match="one file"):
        opened(workspace).apply({"src/lib.rs": b"a", "./src//lib.rs": b"b"}, "one")


def test_a_name_too_long_is_said_clearly(workspace: Path, opened: Open) -> None:
    before, history = seen(workspace), opened(workspace)
    with pytest.raises(EditRefused, match="too long"):
        history.apply({"a.rs": b"", "new/" + "b" * 256: b""}, "one")
    assert seen(workspace) == before
    history.apply({"a.rs": b"", "new/b": b""}, "one")  # what failed half-way does not stand in the way of the next
    history.undo()
    assert seen(workspace) == before


def test_links_are_not_followed(workspace: Path, opened: Open, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key").write_bytes(b"secret")
    (workspace / "out").symlink_to(outside)
    (workspace / "in").symlink_to("src")
    (workspace / "key").symlink_to(outside / "key")
    before, history = seen(workspace), opened(workspace)
    with pytest.raises(OutsideWorkspace, match="outside the workspace"):
        history.apply({"out/key": b""}, "one")
    with pytest.raises(EditRefused, match=r"'src'"):
        history.apply({"in/lib.rs": b""}, "one")
    for link in ("here", "key"):
        with pytest.raises(EditRefused, match="is a link to"):
            history.apply({link: b""}, "one")
    assert seen(workspace) == before and (outside / "key").read_bytes() == b"secret"
    history.apply({"key": None, "out": None}, "Links may go")
    history.undo()
    assert seen(workspace) == before and (outside / "key").read_bytes() == b"secret"


def test_an_undo_does_not_follow_a_link_put_there_since(workspace: Path, opened: Open, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.rs").write_bytes(b"hers")
    history = opened(workspace)
    history.apply({"new/a.rs": b"hers"}, "one")
    (workspace / "new" / "a.rs").unlink()
    (workspace / "new").rmdir()
    (workspace / "new").symlink_to(outside)
    with pytest.raises(OutsideWorkspace):
        history.undo()
    assert (outside / "a.rs").read_bytes() == b"hers"


def test_hard_links_are_not_parted(workspace: Path, opened: Open, tmp_path: Path) -> None:
    (tmp_path / "key").hardlink_to(workspace / "src/lib.rs")
    history = opened(workspace)
    for data in (b"", None):
        with pytest.raises(EditRefused, match="hard links"):
            history.apply({"src/lib.rs": data}, "one")
    assert (tmp_path / "key").read_bytes() == LIB


def test_what_is_no_file_is_left_alone(workspace: Path, opened: Open) -> None:
    os.mkfifo(workspace / "pipe")
    (workspace / "src" / "folder").mkdir()
    before, history = seen(workspace), opened(workspace)
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(workspace)  # a socket's name is short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        for path in ("pipe", "socket"):
            with pytest.raises(EditRefused, match="not a file"):
                history.apply({path: b""}, "one")
    (workspace / "socket").unlink()
    for path in ("src", "src/folder", "src/lib.rs/inner.rs"):
        with pytest.raises(EditRefused):
            history.apply({"a.rs": b"", path: b""}, "one")
    assert seen(workspace) == before


def test_a_read_only_file_is_left_as_it_is(workspace: Path, opened: Open) -> None:
    (workspace / "src/lib.rs").chmod(0o444)
    history = opened(workspace)
    for data in (b"", None):
        with pytest.raises(EditRefused, match=r"chmod u\+w src/lib.rs"):
            history.apply({"src/lib.rs": data}, "one")
    history.apply({"a.rs": b"made read-only by her"}, "one", modes={"a.rs": 0o444})
    history.undo()


def test_a_nested_repository_is_edited_and_a_bare_one_is_not(workspace: Path, opened: Open) -> None:
    subprocess.run(["git", "init", "-q", workspace / "nested"], check=True)
    subprocess.run(["git", "init", "-q", "--bare", workspace / "served"], check=True)
    history = opened(workspace)
    history.apply({"nested/src/a.rs": b""}, "one")
    history.undo()
    for path in ("served/hooks/post-update", "served/config"):
        with pytest.raises(EditRefused, match="git repository's own folder"):
            history.apply({path: b"#!/bin/sh\n"}, "one")


def test_a_workspace_that_is_no_crate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "person"
    (home / ".rusta").mkdir(parents=True)
    (home / "crate" / ".git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    link = tmp_path / "link"
    link.symlink_to(home)
    for folder in (Path("/"), home, home / ".", link, tmp_path, home / ".rusta", home / "crate" / ".git"):
        with pytest.raises(EditRefused, match=r"workspace="):
            EditHistory.open(folder, home / ".rusta")
    for folder in (home / "nowhere", Path(__file__)):
        with pytest.raises(EditRefused, match="not a folder"):
            EditHistory.open(folder, home / ".rusta")
    EditHistory.open(home / "crate", home / ".rusta").close()


def test_her_own_home_in_the_workspace_is_not_hers_to_edit(workspace: Path) -> None:
    with EditHistory.open(workspace, workspace / "own") as history, pytest.raises(EditRefused, match="for /undo"):
        history.apply({"own/undo/x": b""}, "one")


TEMPORARY = Path(tempfile.gettempdir()).resolve()
AS_NOBODY = """
import os, sys
from pathlib import Path
from rusta.core.errors import RustaError
from rusta.tools.patch import EditHistory
os.setgid(65534); os.setuid(65534)
try:
    with EditHistory.open(Path(sys.argv[1]), Path(sys.argv[2])) as history:
        history.apply({"a.rs": b"", "src/lib.rs": b""}, "one")
except RustaError as refusal:
    print(refusal)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_tree_that_may_not_be_written_is_said_clearly(workspace: Path, tmp_path: Path) -> None:
    for above in (workspace, *workspace.parents):
        if above.stat().st_uid == 0 and above != TEMPORARY and above.is_relative_to(TEMPORARY):
            above.chmod(0o755)
    (tmp_path / "hers").mkdir()
    (tmp_path / "hers").chmod(0o777)
    before = seen(workspace)
    for home in ("hers", "not hers/yet"):
        ran = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, workspace, tmp_path / home], capture_output=True, text=True, cwd="/"
        )
        assert "permission denied" in ran.stdout, ran.stderr
        assert seen(workspace) == before


def test_every_refusal_is_one_a_person_can_read() -> None:
    assert issubclass(OutsideWorkspace, EditRefused) and issubclass(EditRefused, RustaError)
