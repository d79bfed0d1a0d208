"""Small crates, made on the spot, and the real cargo on them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.tools.cargo import Cargo
from rusta.tools.sandbox import Limits
from rusta.tools.sandbox.none import Unconfined

MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
Crate = Callable[..., Path]
Hands = Callable[..., Cargo]


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    """A folder with a package in it: `crate("name", lib="...", **{"tests/it.rs": "..."})`. Text or bytes."""

    def make(name: str = "small", lib: str | bytes = "", manifest: str = "", **files: str | bytes) -> Path:
        folder = tmp_path / name
        said = {"Cargo.toml": MANIFEST.format(name=name) + manifest, **files}
        if lib or not any(path.startswith("src/") for path in files):
            said["src/lib.rs"] = lib
        for path, text in said.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return make


@pytest.fixture
def hands(tmp_path: Path) -> Hands:
    """Cargo on a folder, without a sandbox: what these crates do was written here."""
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo here")

    def make(folder: Path, **more: object) -> Cargo:
        limits = more.pop("limits", Limits(seconds=100))
        return Cargo(folder, Unconfined(), tmp_path / "target", limits, **more)  # type: ignore[arg-type]

    return make
