"""What changed in the APIs of a repository's packages between two states, as fast as two cores allow.

Packages whose sources are the same files on both sides are not read. The others are read by worker processes that share the files
with this one; a file that is the same on both sides is parsed once, where one process reads both.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from rusta.library.module_tree import LARGEST_FILE
from rusta.library.source_files import HeldFiles, SourceFiles
from rusta.mirror.api import CrateApi, public_api
from rusta.mirror.api_changes import ApiChange, api_changes
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

NO_SOURCE = re.compile(r"(?:tests|benches|examples|target)/|.*/tests/fixtures/")
MOST_BYTES = 1 << 28  # of a repository's sources that are held at once
WORKERS = 2
WORTH_WORKERS = 300_000  # bytes of sources from which on processes are started
_tasks: "list[_Task]" = []


@dataclass(frozen=True)
class _Task:
    """One or both states of a package."""

    package: str
    sides: tuple[tuple[str, HeldFiles, Mapping[str, object]], ...]
    length: int

    def read(self) -> list[tuple[str, str, CrateApi]]:
        trees = dict[bytes, Any]()
        return [
            (self.package, side, public_api(files, None, inherited, trees)) for side, files, inherited in self.sides
        ]


@dataclass(frozen=True)
class WorkspaceApis:
    """The APIs of the packages that differ, by the package's name: those of the old and of the new state."""

    old: Mapping[str, CrateApi]
    new: Mapping[str, CrateApi]

    def changes(self) -> list[ApiChange]:
        """Return the changes of every package that is in both states."""
        found = list[ApiChange]()
        for package in sorted(self.old.keys() & self.new.keys()):
            found += api_changes(self.old[package], self.new[package], self.old.values(), self.new.values())
        return found


def changed_apis(
    old: SourceFiles,
    new: SourceFiles,
    old_folders: Mapping[str, str],
    new_folders: Mapping[str, str],
    workers: int = WORKERS,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> WorkspaceApis:
    """Read both states of the packages whose sources differ. The folders are those of the packages, by their names."""
    was, now = dict[str, CrateApi](), dict[str, CrateApi]()
    for package, side, api in _read(list(_changed(old, new, old_folders, new_folders)), workers, told):
        (was if side == "old" else now)[package] = api
    return WorkspaceApis(was, now)


def _changed(
    old: SourceFiles, new: SourceFiles, old_folders: Mapping[str, str], new_folders: Mapping[str, str]
) -> Iterator[tuple[str, str, HeldFiles, Mapping[str, object]]]:
    """The states of packages that are not the same on both sides, with their files."""
    inherited = {"old": _inherited(old), "new": _inherited(new)}
    marks = {"old": package_marks(old, old_folders), "new": package_marks(new, new_folders)}
    length = 0
    for package in sorted({*old_folders, *new_folders}):
        before, after = (marks[side].get(package) for side in ("old", "new"))
        same_manifest = inherited["old"] == inherited["new"]
        if before == after and same_manifest:
            continue
        for side, files, folders, known in (("old", old, old_folders, before), ("new", new, new_folders, after)):
            if known is None:
                continue
            folder, contents = folders[package], dict[str, bytes]()
            for path in known:
                content = files.read(f"{folder}/{path}" if folder else path, LARGEST_FILE)
                if content is not None and length < MOST_BYTES:
                    contents[path] = content
                    length += len(content)
            yield package, side, HeldFiles(contents), inherited[side]


def _inherited(files: SourceFiles) -> Mapping[str, object]:
    manifest = parse_toml(files.read("Cargo.toml", LARGEST_TOML) or b"") or {}
    workspace = manifest.get("workspace")
    package = workspace.get("package") if isinstance(workspace, dict) else None
    return {key: package.get(key) for key in ("edition", "rust-version")} if isinstance(package, dict) else {}


def package_marks(files: SourceFiles, folders: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The files that a package's API may be read from, with their marks, by its name; each file is of the innermost package."""
    names = {folder: name for name, folder in folders.items()}
    found = {name: dict[str, str]() for name in folders}
    for path, mark in files.paths().items():
        if not path.endswith((".rs", ".md", "Cargo.toml")):
            continue
        at = path.rpartition("/")[0]
        while at and at not in names:
            at = at.rpartition("/")[0]
        if at in names:
            inner = path[len(at) + 1 :] if at else path
            if not NO_SOURCE.match(inner) and (not inner.endswith(".md") or "/" not in inner):
                found[names[at]][inner] = mark
    return {name: marks for name, marks in found.items() if marks}


def _read(
    states: list[tuple[str, str, HeldFiles, Mapping[str, object]]], workers: int, told: Callable[[int, int], None]
) -> Iterator[tuple[str, str, CrateApi]]:
    """Read states of packages, the longest first; a package that outweighs all others is read by two processes."""
    sides = dict[str, list[tuple[str, HeldFiles, Mapping[str, object]]]]()
    for package, side, files, inherited in states:
        sides.setdefault(package, []).append((side, files, inherited))
    lengths = {package: sum(_length(files) for _, files, _ in of) for package, of in sides.items()}
    whole, tasks = sum(lengths.values()), list[_Task]()
    for package, of in sides.items():
        if workers > 1 and 2 * lengths[package] > whole:
            tasks += [_Task(package, (one,), _length(one[1])) for one in of]
        else:
            tasks.append(_Task(package, tuple(of), lengths[package]))
    tasks.sort(key=lambda task: -task.length)
    for done, read in enumerate(_results(tasks, workers if whole >= WORTH_WORKERS else 1)):
        told(done + 1, len(tasks))
        yield from read


def _results(tasks: list[_Task], workers: int) -> Iterator[list[tuple[str, str, CrateApi]]]:
    if workers < 2 or len(tasks) < 2:
        yield from (task.read() for task in tasks)
        return
    with ProcessPoolExecutor(workers, get_context("fork"), _begin, (tasks,)) as pool:
        yield from pool.map(_work, range(len(tasks)))


def _length(files: HeldFiles) -> int:
    return sum(map(len, files.contents.values()))


def _begin(tasks: list[_Task]) -> None:
    _tasks[:] = tasks


def _work(number: int) -> list[tuple[str, str, CrateApi]]:
    return _tasks[number].read()
