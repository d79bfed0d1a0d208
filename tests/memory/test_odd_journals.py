"""Journals of any depth and shape: listed as far as the system opens them, and said where it does not."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rusta.memory.index.index import Index
from rusta.memory.storage.devlogs import DevLogs

Rusta = Callable[..., "CompletedProcess[str]"]
DEEPER_THAN_PYTHON = 1500
DEEPER_THAN_A_PATH = 2500  # two bytes a level, and 4096 for a path


def dig(root: Path, levels: int) -> None:
    """Folders in folders with an entry in the last, whatever the length of its path."""
    (root / "semantic").mkdir(parents=True, exist_ok=True)
    at = os.open(root / "semantic", os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    page = os.open("deep.md", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=at)
    os.write(page, b"The heron.\n")
    os.close(page)
    os.close(at)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Cleared away by hand: pytest's own way goes as deep as Python."""
    yield tmp_path / "home/devlogs"
    at = tmp_path / "home/devlogs/semantic"
    while (at / "d").is_dir():  # a level at a time from the top, so that no path grows
        (at / "d").rename(tmp_path / "rest")
        shutil.rmtree(at)
        at = at.with_name("semantic")
        (tmp_path / "rest").rename(at)


def test_an_entry_hundreds_of_folders_deep_is_an_entry(root: Path) -> None:
    dig(root, DEEPER_THAN_PYTHON)
    (root / "semantic/z.md").write_text("The heron, too.\n")
    logs = DevLogs(root)
    deep = f"semantic/{'d/' * DEEPER_THAN_PYTHON}deep.md"
    assert list(logs.paths()) == [deep, "semantic/z.md"]
    assert [problem for problem in logs.doctor() if "keys" not in problem.what and problem.path == ""] == []
    index = Index(root, None)
    index.refresh()
    assert {hit.row.path for hit in index.search("heron")} == {deep, "semantic/z.md"}


def test_below_the_longest_path_nothing_is_found_and_it_is_said(root: Path, rusta: Rusta) -> None:
    dig(root, DEEPER_THAN_A_PATH)
    assert list(DevLogs(root).paths()) == []
    done = rusta("devlog", "doctor")
    assert done.returncode == 0 and "cannot be opened (File name too long)" in done.stdout, done.stderr
    assert "All is well" not in done.stdout


def test_links_and_names_that_are_no_text_are_found_at_any_depth(root: Path) -> None:
    dig(root, 3)
    (root / "semantic/d/d/link.md").symlink_to("elsewhere")
    Path(os.fsdecode(os.fsencode(root / "semantic/d/caf") + b"\xe9.md")).write_text("a")
    (root / "semantic/.hidden").mkdir()
    (root / "semantic/.hidden/page.md").write_text("a")
    logs = DevLogs(root)
    assert list(logs.store.links()) == ["semantic/d/d/link.md"]
    assert list(logs.store.misnamed()) == ["semantic/d/'caf\\udce9.md'"]
    assert list(logs.paths()) == ["semantic/d/d/d/deep.md"]


@pytest.mark.parametrize("kind", ["a file", "a pipe", "a link to nowhere"])
def test_journals_that_are_no_folder_are_said_by_doctor(kind: str, root: Path, rusta: Rusta) -> None:
    root.parent.mkdir()
    match kind:
        case "a file":
            root.write_text("")
        case "a pipe":
            os.mkfifo(root)
        case _:
            root.symlink_to("nowhere")
    done = rusta("devlog", "doctor")
    assert done.returncode == 0 and "is not a folder" in done.stdout and "All is well" not in done.stdout, done.stderr
