"""The crate she works in, with all that belongs to working there: the copy to try on, the judge, the way back, the rules."""

from dataclasses import dataclass, field
from pathlib import Path

from rusta.errors import ConfigError
from rusta.loop.guidance import guidance
from rusta.loop.permissions import Approve, Ask, Permissions
from rusta.loop.scratch import Scratch
from rusta.tools import items
from rusta.tools.cargo import Cargo
from rusta.tools.patch import History
from rusta.tools.sandbox import Limits, Sandbox

MANIFEST = "Cargo.toml"


@dataclass
class Seen:
    """What she has read in this session: whole files, and single items. Nothing else may she edit."""

    files: set[str] = field(default_factory=set)
    items: set[tuple[str, str]] = field(default_factory=set)

    def file(self, path: str) -> None:
        """A whole file was read."""
        self.files.add(path)

    def item(self, path: str, item: str) -> None:
        """One item of a file was read."""
        self.items.add((path, item))

    def unread(self, path: str, old: bytes | None, new: bytes | None) -> str | None:
        """What of `path` a change would touch that she has not read, by name; None where she has read it all."""
        if old is None or path in self.files or old == new:
            return None
        if new is None:
            return f"the whole of {path}"
        now = {(item.kind, item.path): new[item.start : item.end] for item in items.items(new)}
        for item in reversed(items.items(old)):  # inner ones first: who has read a method may change its impl block
            same = now.get((item.kind, item.path)) == old[item.start : item.end]
            held = any((path, name) in self.items for name in _around(item.path))
            inner = any(other.start > item.start and other.end <= item.end for other in items.items(old))
            if not same and not held and not inner:
                return f"{item.path} in {path}"
        return None


def _around(path: str) -> list[str]:
    parts = path.split("::")
    return ["::".join(parts[: n + 1]) for n in range(len(parts))]


@dataclass
class Workplace:
    """One cargo workspace. Everything is tried in `scratch`, and only `history` changes what a person keeps."""

    root: Path
    scratch: Scratch
    trial: Cargo
    history: History
    permissions: Permissions
    guidance: str
    seen: Seen = field(default_factory=Seen)

    @classmethod
    def open(
        cls, folder: Path, home: Path, sandbox: Sandbox, limits: Limits, approve: Approve | None, ask: Ask | None,
        session: str, online: bool = False,
    ) -> "Workplace":  # fmt: skip
        """Find the crate at or above `folder`. Raises `ConfigError` where there is none, `Refused` for `/` and home."""
        root = crate_root(folder)
        if root is None:
            raise ConfigError(
                f"There is no {MANIFEST} in {folder.resolve()} or above it. Start me in a crate, or make one: cargo init {folder}"
            )
        history = History.open(root, home, session=session)
        scratch = Scratch(root, home)
        trial = Cargo(scratch.root, sandbox, scratch.target, limits, online, root)
        permissions = Permissions(approve, root, home / "permissions.json", ask)
        return cls(root, scratch, trial, history, permissions, guidance(root))


def crate_root(folder: Path) -> Path | None:
    """The outermost folder at or above `folder` that cargo would take for the workspace: with `[workspace]`, else the nearest."""
    import tomllib

    nearest: Path | None = None
    for place in (folder.resolve(), *folder.resolve().parents):
        manifest = place / MANIFEST
        if not manifest.is_file():
            continue
        nearest = nearest or place
        try:
            said = tomllib.loads(manifest.read_text(encoding="utf-8", errors="replace"))
        except tomllib.TOMLDecodeError:
            continue  # cargo will say what is wrong with it, better
        if "workspace" in said:
            return place
    return nearest
