"""A workspace does not choose a program that runs outside of the sandbox."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.mind import sources
from rusta.tools.analyzer import Analyzer
from rusta.tools.blocks import compile_block, rust_blocks
from rusta.tools.cargo import Cargo
from rusta.tools.dependencies import Unlocked, fetch
from rusta.tools.sandbox import Limits, NoSandbox, Sandbox, choose
from rusta.tools.toolchain import Installed, NoCargo

Crate = Callable[..., Path]
needs_rustup = pytest.mark.skipif(not shutil.which("rustup"), reason="there is no rustup here")
PROGRAMS = (
    "rustc",
    "cargo",
    "rustfmt",
    "rustdoc",
    "clippy-driver",
    "cargo-clippy",
    "cargo-fmt",
    "rust-analyzer",
    "wrapper",
)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where a stranger's program says that it was run."""
    return tmp_path / "told"


@pytest.fixture
def theirs(told: Path) -> Callable[[Path], Path]:
    """Puts a toolchain into a folder, of programs that say that they were run."""

    def make(folder: Path) -> Path:
        (folder / "bin").mkdir(parents=True)
        for name in PROGRAMS:
            (folder / "bin" / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {told}\necho rustc 6.6.6\n')
            (folder / "bin" / name).chmod(0o755)
        return folder

    return make


@needs_rustup
@pytest.mark.parametrize("file", ["rust-toolchain.toml", "rust-toolchain", "above", "old"])
def test_a_workspaces_own_compiler_is_not_asked_for_its_version(
    crate: Crate, theirs: Callable[[Path], Path], told: Path, tmp_path: Path, file: str
) -> None:
    folder = crate(lib="")
    evil = theirs(folder / "evil")
    at = tmp_path / "rust-toolchain.toml" if file == "above" else folder / file.replace("old", "rust-toolchain")
    at.write_text(f"{evil}\n" if file == "old" else f'[toolchain]\npath = "{evil}"\n')
    with suppress(RustaError):
        getattr(Installed(folder), "version", "")
    assert not told.exists()


@needs_rustup
@pytest.mark.parametrize("path", ["{folder}/evil", "/proc/self/cwd/evil"])
def test_a_toolchain_by_path_is_refused_with_what_to_do(
    crate: Crate, hands, theirs: Callable[[Path], Path], told: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUSTUP_TOOLCHAIN", raising=False)
    folder = crate(lib="")
    evil = path.format(folder=folder)
    theirs(folder / "evil")
    (folder / "rust-toolchain.toml").write_text(f'[toolchain]\npath = "{evil}"\n')
    monkeypatch.chdir(folder)
    cargo = hands(folder)
    for asked in (cargo.check, cargo.test, cargo.fmt, cargo.metadata, lambda: cargo.explain("E0382")):
        with pytest.raises(NoCargo, match=rf"by its path: {evil}.*RUSTUP_TOOLCHAIN=stable"):
            asked()
    with pytest.raises(RustaError):
        Analyzer(folder, choose("auto"), folder / "target").symbols("src/lib.rs")
    assert not told.exists()
    monkeypatch.setenv("RUSTUP_TOOLCHAIN", "stable")  # the owner's word is stronger than the workspace's
    assert cargo.__class__(folder, cargo.sandbox, cargo.target, cargo.limits).check().ok
    assert not told.exists()


@needs_rustup
@pytest.mark.parametrize("kind", ["endless", "pipe", "large"])
def test_a_toolchain_file_without_an_end_is_not_read(crate: Crate, kind: str) -> None:
    folder = crate(lib="")
    file = folder / "rust-toolchain.toml"
    if kind == "endless":
        file.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.touch()
        os.truncate(file, 2**33)
    with pytest.raises(NoCargo, match=r"rust-toolchain\.toml is no file of a few lines"):
        Installed(folder).bin  # noqa: B018


@needs_rustup
def test_a_toolchain_that_the_owner_has_linked_is_theirs(
    crate: Crate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Installed(Path("/")).bin
    monkeypatch.delenv("RUSTUP_TOOLCHAIN", raising=False)
    monkeypatch.setenv("RUSTUP_HOME", str(tmp_path / "rustup"))
    (tmp_path / "rustup/toolchains").mkdir(parents=True)
    (tmp_path / "rustup/toolchains/mine").symlink_to(real.parent)
    folder = crate(lib="", **{"rust-toolchain.toml": '[toolchain]\nchannel = "mine"\n'})
    assert Installed(folder).bin == tmp_path / "rustup/toolchains/mine/bin"


@pytest.fixture(params=["bubblewrap", "landlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo here")
    try:
        return choose(request.param)
    except NoSandbox as why:
        pytest.skip(str(why))


def test_the_compilers_version_is_asked_in_the_sandbox(crate: Crate, tmp_path: Path, sandbox: Sandbox) -> None:
    cargo = Cargo(crate(lib=""), sandbox, tmp_path / "target", Limits(seconds=60))
    assert cargo.version.startswith("rustc 1.")


WRAPPING = ("rustc-wrapper", "rustc-workspace-wrapper", "rustdoc")


@pytest.mark.parametrize("keys", [("rustc",), WRAPPING], ids=["compiler", "wrappers"])
def test_what_a_workspaces_cargo_configuration_names_runs_in_the_sandbox_alone(
    crate: Crate, theirs: Callable[[Path], Path], told: Path, tmp_path: Path, sandbox: Sandbox, keys: tuple[str, ...]
) -> None:
    folder = crate(lib="")
    evil = theirs(folder / "evil") / "bin/wrapper"
    named = "".join(f'{key} = "{evil}"\n' for key in keys)
    more = f'[target."cfg(all())"]\nlinker = "{evil}"\nrunner = "{evil}"\n[net]\ngit-fetch-with-cli = true\n'
    (folder / ".cargo").mkdir()
    (folder / ".cargo/config.toml").write_text(f"[build]\n{named}{more}")
    Cargo(folder, sandbox, tmp_path / "target", Limits(seconds=60)).check()
    fetch(folder, online=False)
    assert not told.exists()


@pytest.mark.parametrize("member", [False, True], ids=["crate", "member"])
def test_a_lock_file_that_leads_out_of_the_workspace_is_not_written_through(
    crate: Crate, tmp_path: Path, member: bool
) -> None:
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo here")
    folder = root = crate(lib="")
    if member:
        root = tmp_path / "root"
        root.mkdir()
        (root / "Cargo.toml").write_text('[workspace]\nmembers = ["small"]\nresolver = "2"\n')
        folder = folder.rename(root / "small")
    (root / "Cargo.lock").symlink_to(tmp_path / "outside")
    with suppress(Unlocked):
        fetch(folder, online=False)
    assert not (tmp_path / "outside").exists()


@needs_rustup
def test_a_block_is_judged_by_the_owners_compiler_whatever_lies_in_the_folder_of_temporary_files(
    theirs: Callable[[Path], Path], told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "rust-toolchain.toml").write_text(f'[toolchain]\npath = "{theirs(tmp_path / "evil")}"\n')
    assert compile_block(rust_blocks("```rust\nlet x = 1;\n```\n")[0]).kept
    assert not told.exists()


def test_a_file_named_pip_in_the_folder_she_is_started_in_is_not_pip(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text(f"open({str(told)!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(RustaError, match="pip could not bring"):
        sources._piece("nothing-of-that-name==1", tmp_path)
    assert not told.exists()


def test_programs_of_the_folder_she_is_started_in_are_not_taken_for_those_of_the_path(
    crate: Crate, theirs: Callable[[Path], Path], told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("cargo"):
        pytest.skip("there is no cargo here")
    folder = crate(lib="")
    theirs(folder)
    for name in (*PROGRAMS, "bwrap", "rustup", "sh", "env"):
        shutil.copy(folder / "bin/rustc", folder / name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}bin{os.pathsep}{os.environ['PATH']}")
    for sandbox in ("auto", "none"):
        cargo = Cargo(folder, choose(sandbox), tmp_path / "target", Limits(seconds=60))
        assert cargo.check().ok
        cargo.fmt()
    assert compile_block(rust_blocks("```rust\nlet x = 1;\n```\n")[0]).kept
    assert not told.exists()
