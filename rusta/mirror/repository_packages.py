"""The packages of a repository: the members of its workspace, what is excluded, the root package, and what is published.

Manifests are read from a state of a source tree, so that a commit that is nowhere on the disk has packages as well. They
are a stranger's: numbers and bytes are bounded, and a manifest that is no TOML has no package. A path dependency that
lies in the tree is a member, as in cargo. Where nothing says `[workspace]`, every package of the tree counts that lies
outside of tests, benches and examples. Source: The Cargo Book, "Workspaces".
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rusta.library.source_files import SourceFiles
from rusta.mirror.file_kinds import FileKind, file_kind
from rusta.mirror.path_patterns import path_matches
from rusta.tools.manifest import DEPENDENCIES, nested_table
from rusta.tools.member_globs import MAGIC
from rusta.tools.workspace_files import LARGEST_TOML, parse_toml

MOST_MANIFESTS = 5_000  # of a tree that are read
MOST_PACKAGES = 1_000
MOST_PATTERNS = 500  # of `members` and `exclude`
PACKAGE = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class RepositoryPackage:
    """One package. `folder` is relative to the tree, "" for its root; `workspace` is that of the `[workspace]` above it."""

    name: str
    folder: str
    published: bool
    manifest: Mapping[str, Any] = field(default_factory=dict, compare=False)
    workspace: str = ""
    shared: Mapping[str, Any] = field(default_factory=dict, compare=False)  # the workspace's table

    @property
    def file(self) -> str:
        """The path of its manifest."""
        return _manifest(self.folder)

    @property
    def shared_file(self) -> str:
        """The path of the manifest that it inherits from."""
        return _manifest(self.workspace)

    def said(self, key: str) -> tuple[Any, bool]:
        """Return a value of its `[package]`, and whether it is inherited."""
        value = nested_table(self.manifest, "package").get(key)
        if isinstance(value, dict) and value.get("workspace") is True:
            return nested_table(self.shared, "package").get(key), True
        return value, False


def packages(files: SourceFiles) -> dict[str, str]:
    """Return the folder of each package of a repository by its name, those that are never published included."""
    return {one.name: one.folder for one in repository_packages(files)}


def repository_packages(files: SourceFiles) -> tuple[RepositoryPackage, ...]:
    """Return the packages of a repository, the root's first; of two with one name the first counts."""
    tree = _Manifests(files)
    found = dict[str, RepositoryPackage]()
    for folder in tree.members():
        manifest = tree.read(folder)
        name = nested_table(manifest, "package").get("name")
        if isinstance(name, str) and PACKAGE.fullmatch(name) and name not in found and len(found) < MOST_PACKAGES:
            above = next((one for one in _upwards(folder) if "workspace" in tree.read(one)), "")
            shared = nested_table(tree.read(above), "workspace")
            one = RepositoryPackage(name, folder, True, manifest, above, shared)
            found[name] = RepositoryPackage(
                name, folder, one.said("publish")[0] not in (False, []), manifest, above, shared
            )
    return tuple(found.values())


class _Manifests:
    """The manifests of a tree, each read once."""

    def __init__(self, files: SourceFiles) -> None:
        self.files = files
        ends = ("Cargo.toml",)
        folders = (posixpath.dirname(one) for one in files.paths() if posixpath.basename(one) in ends)
        self.folders = sorted(folders, key=lambda one: (one.count("/"), one))[:MOST_MANIFESTS]
        self.known = frozenset(self.folders)
        self._read = dict[str, dict[str, Any]]()

    def read(self, folder: str) -> dict[str, Any]:
        """The manifest of a folder; {} where there is none that can be read."""
        if folder not in self._read:
            content = self.files.read(_manifest(folder), LARGEST_TOML) if folder in self.known else None
            self._read[folder] = (parse_toml(content) if content else None) or {}
        return self._read[folder]

    def members(self) -> list[str]:
        """The folders of the packages."""
        workspace = self.read("").get("workspace")
        if not isinstance(workspace, dict):
            return [one for one in self.folders if _is_of_the_code(one)]
        patterns, excluded = (_texts(workspace.get(key)) for key in ("members", "exclude"))
        plain = {posixpath.normpath(one) for one in patterns if not MAGIC.search(one)}
        globs = [posixpath.normpath(one) for one in patterns if MAGIC.search(one)]
        out = [posixpath.normpath(one) for one in excluded]

        def excludes(folder: str) -> bool:
            return folder not in plain and any(folder == one or folder.startswith(f"{one}/") for one in out)

        found = {""} if "package" in self.read("") else set[str]()
        for folder in self.folders:
            if folder and (folder in plain or any(path_matches(one, folder) for one in globs)) and not excludes(folder):
                found.add(folder)
        todo = ["", *found]
        while todo:
            folder = todo.pop()
            for path in _path_dependencies(self.read(folder)):
                at = posixpath.normpath(posixpath.join(folder, path))
                if at in self.known and at not in found and not excludes(at):
                    found.add(at)
                    todo.append(at)
        return [one for one in self.folders if one in found]


def _path_dependencies(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Each `path` of a dependency, those of the workspace's table included."""
    places = (manifest, nested_table(manifest, "workspace"), *nested_table(manifest, "target").values())
    for place in places:
        for kind in DEPENDENCIES:
            for one in nested_table(place, kind).values():
                path = one.get("path") if isinstance(one, dict) else None
                if isinstance(path, str) and len(path) < 1_000 and not path.startswith("/"):
                    yield path


def _is_of_the_code(folder: str) -> bool:
    return file_kind(posixpath.join(folder, "src", "lib.rs")) is FileKind.CODE


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _manifest(folder: str) -> str:
    return f"{folder}/Cargo.toml" if folder else "Cargo.toml"


def _texts(said: Any) -> list[str]:
    return [one for one in said if isinstance(one, str)][:MOST_PATTERNS] if isinstance(said, list) else []
