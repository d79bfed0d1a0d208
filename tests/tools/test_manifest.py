"""What is read of manifests without cargo: strangers write them, and cargo is the one to complain."""

from pathlib import Path

import pytest

from rusta.tools.manifest import beside, edition_of, own_harness

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
        '[workspace]\nmembers = ["../oth*"]\n',
        '[workspace]\nmembers = ["{other}"]\n',
    ],
)
def test_a_crate_that_cargo_would_open_is_beside(said: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(said.replace("{other}", str(root.parent / "other")))
    assert beside(root) == (root.parent / "other",)


@pytest.mark.parametrize(
    "said",
    [
        '[package.metadata.dependencies]\nx = { path = "../other" }\n',
        '[nobody.reads.this.dependencies]\nx = { path = "../other" }\n',
        '[dependencies]\nx = { path = "../private" }\n',
        '[workspace]\nmembers = ["../private", "../priv*"]\n',
    ],
)
def test_what_cargo_would_not_open_is_shown_to_nobody(said: str, root: Path) -> None:
    (root / "Cargo.toml").write_text(said)
    assert beside(root) == ()


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
    assert beside(root) == () and not own_harness(root)
    assert edition_of(root / "src/lib.rs") in ("2015", "2024")
