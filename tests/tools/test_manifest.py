"""What is read of manifests without cargo: strangers write them, and cargo is the one to complain."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rusta.loop.workplace import crate_root
from rusta.tools.build_code import from_configuration
from rusta.tools.manifest import (
    NotACrate,
    crate_folder,
    crate_names,
    edition_of,
    own_harness,
    path_dependencies,
    root_of,
)
from rusta.tools.sandbox.cargo_config import harmless
from tests.linear import soon

OTHER = '[package]\nname = "other"\nversion = "0.1.0"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("scores", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other/Cargo.toml").write_text(OTHER)
    (tmp_path / "private").mkdir()
    return tmp_path / "scores"


@pytest.mark.parametrize(
    "said",
    [
        '[dependencies]\nother = { path = "../other" }\n',
        '[target."cfg(unix)".dev-dependencies]\nother = { path = "../other" }\n',
        '[workspace.dependencies]\nother = { path = "../other" }\n',
        '[patch.crates-io]\nother = { path = "../other" }\n',
        '[workspace]\nmembers = ["{other}"]\n',
    ],
)
def test_a_crate_that_cargo_would_open_is_beside(said: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(said.replace("{other}", str(root.parent / "other")))
    assert path_dependencies(root) == (root.parent / "other",)


@pytest.mark.parametrize(
    "said",
    [
        '[package.metadata.dependencies]\nx = { path = "../other" }\n',
        '[nobody.reads.this.dependencies]\nx = { path = "../other" }\n',
        '[dependencies]\nx = { path = "../private" }\n',
        '[workspace]\nmembers = ["../private", "../priv*"]\n',
        '[workspace]\nmembers = ["../oth*", "a/../../oth*", "{over}/*"]\n',
    ],
)
def test_what_cargo_would_not_open_or_a_pattern_names_outside_is_shown_to_nobody(said: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(said.replace("{over}", str(root.parent)))
    assert path_dependencies(root) == ()


@pytest.mark.parametrize(
    "said",
    [
        "workspace = true\n",
        "[workspace]\nmembers = 5\n",
        '[workspace]\nmembers = ["", "/nowhere/x"]\npackage = 1\n[package]\nedition.workspace = true\n',
        'package = "scores"\ntest = 1\nlib = []\ntarget = 2\npatch = [3]\n',
        '[dependencies]\nx = { path = "\\u0000" }\n',
        f"a = {'[' * 5000}",
        "dependencies = [1]\n[target]\nx = 1\n[patch]\ny = 2\n",
    ],
)
def test_a_manifest_of_the_wrong_shape_is_left_for_cargo_to_name(said: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(said)
    assert path_dependencies(root) == () and not own_harness(root)
    assert edition_of(root / "src/lib.rs") in ("2015", "2024")


HUNGRY = {
    "a header of many parts": "[" + ".".join("a" * 60_000) + "]\n",
    "a key of many parts": " . ".join(["'a'", '"a.b"'] * 10_000) + " = 1\n",
    "a key of many parts behind strings": 'x = """\n\\"" . # """ # \'\n' + ".".join("a" * 60_000) + " = 1\n",
    "more than a manifest has": "[workspace]\n" + "# there is more\n" * 2_000_000,
}


@pytest.mark.parametrize("case", HUNGRY)
def test_a_manifest_that_would_eat_the_memory_says_nothing(case: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(HUNGRY[case])
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").write_text(HUNGRY[case])
    with soon():
        assert path_dependencies(root) == () and not own_harness(root) and crate_names(root).own == ()
        assert root_of(root / "in") == root / "in" and crate_root(root) == root
        assert harmless(root / ".cargo/config.toml") == b""
        assert list(from_configuration(root, root)) == [str(root / ".cargo/config.toml")]  # not known to be harmless


@pytest.fixture
def written(root: Path) -> Iterator[None]:
    """Somebody who writes a manifest into the pipe whenever it is opened."""
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.001):
            with suppress(OSError):  # nobody reads
                descriptor = os.open(root / "Cargo.toml", os.O_WRONLY | os.O_NONBLOCK)
                try:
                    os.write(descriptor, OTHER.encode())
                finally:
                    os.close(descriptor)

    writer = threading.Thread(target=write)
    writer.start()
    yield
    over.set()
    writer.join()


@pytest.mark.parametrize("case", ["device", "pipe", "sparse", "folder", "elsewhere"])
def test_a_manifest_that_is_no_file_of_the_workspace_says_nothing(
    case: str, root: Path, request: pytest.FixtureRequest
) -> None:
    manifest = root / "Cargo.toml"
    match case:
        case "device":
            manifest.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(manifest)
            request.getfixturevalue("written")
        case "sparse":
            manifest.write_text("")
            os.truncate(manifest, 1 << 40)
        case "folder":
            manifest.mkdir()
        case "elsewhere":
            manifest.symlink_to("../other/Cargo.toml")
    with soon():
        assert path_dependencies(root) == () and not own_harness(root) and crate_names(root).own == ()
        assert edition_of(root / "src/lib.rs") == "2024" and root_of(root) == root
        assert crate_root(root) in (root, None)


def test_a_member_that_is_a_link_out_says_nothing_and_one_that_stays_inside_does(root: Path) -> None:
    (root / "crates/in").mkdir(parents=True)
    (root / "crates/in/Cargo.toml").write_text('[package]\nname = "inside"\n')
    (root / "crates/again").symlink_to("in")
    (root / "crates/out").symlink_to(root.parent / "other")
    for members in ("crates/*", "crates/in", "crates/out"):
        (root / "Cargo.toml").write_text(f'[workspace]\nmembers = ["{members}"]\n')
        assert crate_names(root).own == (() if members == "crates/out" else ("inside",))


@pytest.mark.parametrize(
    "pattern", ["/**/*.x", "**/**/*/**/*/**/*", "*/../../**", "/".join("*" * 500), "[" * 1000, "*" * 1000]
)
def test_patterns_of_members_take_a_limited_number_of_looks(pattern: str, root: Path) -> None:
    for number in range(6):
        at = root
        for depth in range(6):
            at /= f"{number}{depth}"
            at.mkdir()
            (at / "loop").symlink_to(root)
    (root / "Cargo.toml").write_text(f"[workspace]\nmembers = {[pattern] * 50}\n")
    with soon():
        assert crate_names(root).own == ()


def test_a_manifest_is_found_nearby_in_a_limited_number_of_looks(root: Path) -> None:
    (root / "a/b/c").mkdir(parents=True)
    (root / "a/b/c/Cargo.toml").write_text(OTHER)
    with pytest.raises(NotACrate, match="a/b/c: workspace="):
        crate_folder(root)
    (root / "a/b/c/Cargo.toml").unlink()
    for name in ("x", "y", "z"):
        (root / f"a/{name}").symlink_to(root)
    with pytest.raises(NotACrate, match="cargo init"):
        crate_folder(root)
