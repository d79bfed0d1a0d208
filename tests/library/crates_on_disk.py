"""Crates and workspaces written to disk as cargo lays them out, for the tests of the library."""

import json
from pathlib import Path

INDEXED = "crates.io"  # the default registry, whose index is a repository of this name
REGISTRY = f"registry/src/index.{INDEXED}-6f17d22bba15001f"
SOURCE = f"registry+https://github.com/rust-lang/{INDEXED}-index"


def written(folder: Path, **files: str) -> Path:
    """A folder with these files; `__` in a name is a slash, and `_rs` at its end a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_rs", ".rs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def crate(folder: Path, name: str, version: str = "1.0.0", manifest: str = "", **files: str) -> Path:
    """A package with these sources."""
    folder.mkdir(parents=True, exist_ok=True)
    written(folder, **files)
    folder.joinpath("Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "{version}"\n{manifest}', encoding="utf-8"
    )
    return folder


def lock(workspace: Path, *packages: tuple[str, str, str]) -> None:
    """A lock of these names, versions and sources; a source may be empty."""
    entries = [
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n' + (f'source = "{source}"\n' if source else "")
        for name, version, source in packages
    ]
    workspace.joinpath("Cargo.lock").write_text("version = 4\n\n" + "\n".join(entries), encoding="utf-8")


def indexed(home: Path, name: str, *versions: tuple[str, bool], end: bytes = b"", rust: str = "1.60") -> None:
    """Cargo's copy of the index of one crate: its versions, and whether each was yanked."""
    parts = {1: ["1"], 2: ["2"], 3: ["3", name[0]]}.get(len(name), [name[:2], name[2:4]])
    file = home.joinpath("registry", "index", f"index.{INDEXED}-1", ".cache", *parts, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    entries = [
        f"{version}\0".encode()
        + json.dumps({"name": name, "vers": version, "yanked": yanked, "rust_version": rust}).encode()
        + b"\0"
        for version, yanked in versions
    ]
    file.write_bytes(b"\x03\x02\0\0\0etag: x\0" + b"".join(entries) + end)
