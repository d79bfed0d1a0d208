"""The crate being worked on, with what work there needs: scratch copy, cargo, undo history, permissions, guidance."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.loop.attempt.proposals import Proposals
from rusta.loop.attempt.scratch_copy import Scratch, ScratchChanges
from rusta.loop.gates.permissions import Approve, AskPerson, Permissions
from rusta.loop.read.guidance_files import guidance
from rusta.tools import items
from rusta.tools.cargo import Cargo
from rusta.tools.manifest import crate_folder
from rusta.tools.patch import EditHistory
from rusta.tools.rustfmt import formatted
from rusta.tools.sandbox import Limits, Sandbox
from rusta.tools.workspace_files import read_toml

MANIFEST = "Cargo.toml"


@dataclass
class Seen:
    """What the model has read in this session: whole files, items, lines. It may edit or remove nothing else.

    It is stored as text: what a person has changed since it was read counts as unread.
    """

    files: set[str] = field(default_factory=set)
    texts: set[tuple[str, bytes]] = field(default_factory=set)
    lines: set[tuple[str, bytes]] = field(default_factory=set)

    def file(self, path: str, content: bytes) -> None:
        """Record that a whole file was read."""
        self.files.add(path)
        self.item(path, content)
        for item in _items(path, content):
            self.texts.add((path, content[item.start : item.end]))

    def item(self, path: str, text: bytes) -> None:
        """Record that one item of a file was read, or some of its lines."""
        self.texts.add((path, text))
        self.lines |= {(path, line.strip()) for line in text.split(b"\n")}

    def wrote(self, path: str, old: bytes | None, new: bytes | None) -> None:
        """Record an edit of the model's: what it wrote itself counts as read."""
        if new is None:
            return
        if old is None or (path, old) in self.texts:
            self.file(path, new)
            return
        was = {old[item.start : item.end] for item in _items(path, old)}
        self.texts |= {(path, text) for item in _items(path, new) if (text := new[item.start : item.end]) not in was}
        self.lines |= {(path, line.strip()) for line in {*new.split(b"\n")} - {*old.split(b"\n")}}

    def unread(self, path: str, old: bytes | None, new: bytes | None) -> str | None:
        """Return the name of what a change of `path` would touch that was not read; None where all was read."""
        if old is None or old == new or (path, old) in self.texts:
            return None
        if new is None:
            return f"the whole of {path}"
        now = {(item.kind, item.path): new[item.start : item.end] for item in _items(path, new)}
        there, outside = _items(path, old), old
        known = [item for item in there if (path, old[item.start : item.end]) in self.texts]
        for item in reversed(there):  # inner ones first: a method that was read may change within an unread impl block
            if any(other.start > item.start and other.end <= item.end for other in there):
                continue
            same = now.get((item.kind, item.path)) == old[item.start : item.end]
            held = any(one.start <= item.start and item.end <= one.end for one in known)
            if not same and not held:
                return f"{item.path} in {path}"
            outside = outside[: item.start] + outside[item.end :]
        lost = Counter(map(bytes.strip, outside.split(b"\n"))) - Counter(map(bytes.strip, new.split(b"\n")))
        line = next((line for line in lost if line and (path, line) not in self.lines), None)
        return f"`{line.decode('utf-8', 'replace')[:80]}` in {path}" if line else None


def _items(path: str, content: bytes) -> list[items.Item]:
    return items.items(content) if path.endswith(".rs") else []


@dataclass
class Workplace:
    """One cargo workspace. Everything is tried in `scratch`; only `history` changes the user's files."""

    root: Path
    scratch: Scratch
    trial: Cargo
    history: EditHistory
    permissions: Permissions
    guidance: str
    proposals: Proposals
    home: Path
    seen: Seen = field(default_factory=Seen)

    def tidied(self, changes: ScratchChanges) -> dict[str, bytes | None]:
        """Return the changes formatted by rustfmt, for new files and for those that were formatted before.

        In other files the layout is the author's choice, and kept.
        """
        tidy = dict(changes)
        for path, content in changes.items():
            if content is None or not path.endswith(".rs"):
                continue
            was, at = self.scratch.synced(path), self.scratch.root / path
            if was is None or formatted(self.trial.program, was, at) == was:
                done = formatted(self.trial.program, content, at)
                tidy[path] = done if isinstance(done, bytes) else content
        return tidy

    @classmethod
    def open(
        cls, folder: Path, home: Path, sandbox: Sandbox, limits: Limits, approve: Approve | None, ask: AskPerson | None,
        session: str, online: bool = False,
    ) -> "Workplace":  # fmt: skip
        """Find the crate at or above `folder`. Raises `ConfigError` if there is none, `Refused` for `/` and home."""
        if not folder.is_dir():  # with a mistyped name the crate above would be found instead
            raise ConfigError(f"workspace={folder} is not a folder that is there. Name one: workspace=PATH")
        root = crate_root(folder) or crate_folder(folder)  # raises, and names crates nearby
        history = EditHistory.open(root, home, session=session)
        scratch = Scratch(root, home)
        asked = nearest_crate(folder)
        below = None if asked is None or asked == root else scratch.root / asked.relative_to(root)
        trial = Cargo(scratch.root, sandbox, scratch.target, limits, online, root, below)
        permissions = Permissions(approve, root, home / "permissions.json", ask)
        proposals = Proposals(history.folder / "proposals.json")
        return cls(root, scratch, trial, history, permissions, guidance(root), proposals, home)


def nearest_crate(folder: Path) -> Path | None:
    """Return the folder at or above `folder` that has a manifest: the package, or the workspace, that is meant by it."""
    return next((at for at in (folder.resolve(), *folder.resolve().parents) if (at / MANIFEST).is_file()), None)


def crate_root(folder: Path) -> Path | None:
    """Return the folder at or above `folder` that cargo would take as the workspace root, or None.

    That is the nearest manifest with `[workspace]`, else the nearest manifest. A crate that the workspace above
    excludes is its own root.
    """
    nearest: Path | None = None
    for place in (folder.resolve(), *folder.resolve().parents):
        manifest = place / MANIFEST
        if not manifest.is_file():
            continue
        nearest = nearest or place
        said = read_toml(manifest, place) or {}  # cargo reports a broken manifest better
        if "workspace" in said:
            return nearest if _excludes(said["workspace"], place, nearest) else place
    return nearest


def _excludes(workspace: Any, root: Path, crate: Path) -> bool:
    """Return whether `exclude` names the crate, or a folder around it, and `members` does not."""

    def named(key: str) -> bool:
        said = workspace.get(key) if isinstance(workspace, dict) else None
        paths = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
        return any(crate != root and crate.is_relative_to(os.path.normpath(root / one)) for one in paths)

    return named("exclude") and not named("members")
