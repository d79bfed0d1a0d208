"""Which crates a workspace is built of, and where cargo keeps their sources."""

from pathlib import Path

import pytest

from rusta.core.errors import RustaError
from rusta.library.crate_sources import LockedCrate, locked_crates
from tests.library.crates_on_disk import INDEXED, REGISTRY, SOURCE, crate, lock

GIT = "git+https://example.org/tools?branch=main#0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cargo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    return tmp_path / "cargo"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return crate(tmp_path / "own", "my-own", "0.1.0", "", src__lib_rs="")


def by_name(workspace: Path) -> dict[str, LockedCrate]:
    return {one.name: one for one in locked_crates(workspace)}


def test_a_crate_of_the_registry_is_found_at_its_locked_version(workspace: Path, cargo: Path) -> None:
    for version in ("1.0.0", "1.0.1"):
        crate(cargo / REGISTRY / f"jar-lid-{version}", "jar-lid", version)
    lock(workspace, ("my-own", "0.1.0", ""), ("jar-lid", "1.0.1", SOURCE), ("gone", "2.0.0", SOURCE))
    own, jar, gone = locked_crates(workspace)
    assert (own.name, own.own, own.root, own.library) == ("my-own", True, workspace, "my_own")
    assert (jar.root, jar.own, jar.frozen, jar.library) == (cargo / REGISTRY / "jar-lid-1.0.1", False, True, "jar_lid")
    assert (gone.root, gone.frozen) == (None, False)


def test_the_registry_that_the_lock_names_comes_first(workspace: Path, cargo: Path) -> None:
    for host in ("aaa.example.org-1", f"index.{INDEXED}-2"):
        crate(cargo / "registry" / "src" / host / "jar-1.0.0", "jar")
    lock(workspace, ("jar", "1.0.0", SOURCE))
    assert by_name(workspace)["jar"].root == cargo / f"registry/src/index.{INDEXED}-2/jar-1.0.0"
    lock(workspace, ("jar", "1.0.0", "sparse+https://aaa.example.org/index/"))
    assert by_name(workspace)["jar"].root == cargo / "registry/src/aaa.example.org-1/jar-1.0.0"


def test_a_crate_of_git_is_found_by_name_at_the_locked_revision(workspace: Path, cargo: Path) -> None:
    checkouts = cargo / "git" / "checkouts" / "tools-11"
    for revision in ("0123456", "fffffff"):
        crate(
            checkouts / revision,
            "root",
            manifest='[workspace]\nmembers = ["deep/*"]\n[workspace.package]\nversion = "3.0.0"\n',
        )
        crate(checkouts / revision / "deep" / "er", "tool").joinpath("Cargo.toml").write_text(
            '[package]\nname = "tool"\nversion.workspace = true\n'
        )
    lock(workspace, ("tool", "3.0.0", GIT), ("absent", "3.0.0", GIT))
    found = by_name(workspace)
    assert (found["tool"].root, found["tool"].frozen) == (checkouts / "0123456" / "deep" / "er", True)
    assert found["absent"].root is None


def test_a_vendored_crate_may_change_and_comes_first_where_the_configuration_says_so(
    workspace: Path, cargo: Path
) -> None:
    crate(workspace / "vendor" / "jar", "jar")
    crate(workspace / "vendor" / "jar-0.9.0", "jar", "0.9.0")
    lock(workspace, ("jar", "1.0.0", SOURCE), ("jar", "0.9.0", SOURCE), ("jar", "0.8.0", SOURCE))
    roots = [(one.version, one.root, one.frozen) for one in locked_crates(workspace)[1:]]
    assert roots == [
        ("1.0.0", workspace / "vendor" / "jar", False), ("0.9.0", workspace / "vendor" / "jar-0.9.0", False), ("0.8.0", None, False),
    ]  # fmt: skip
    crate(cargo / REGISTRY / "jar-1.0.0", "jar")
    assert by_name(workspace)["jar"] and locked_crates(workspace)[1].root == cargo / REGISTRY / "jar-1.0.0"
    workspace.joinpath(".cargo").mkdir()
    workspace.joinpath(".cargo", "config.toml").write_text('[source.kept]\ndirectory = "vendor"\n')
    assert locked_crates(workspace)[1].root == workspace / "vendor" / "jar"


def test_members_and_path_dependencies_are_known_without_a_lock(tmp_path: Path) -> None:
    root = tmp_path / "own"
    crate(root, "top", manifest='[workspace]\nmembers = ["crates/*"]\n[dependencies]\nnear = { path = "near" }\n')
    crate(root / "crates" / "one", "one", manifest='[dev-dependencies]\naside = { path = "../../../aside" }\n')
    crate(root / "near", "near")
    crate(tmp_path / "aside", "aside", manifest='[dependencies]\nback = { path = "../own" }\n')
    found = {one.name: (one.own, one.direct, one.frozen) for one in locked_crates(root)}
    assert found == {
        "top": (True, False, False), "near": (True, False, False), "one": (True, False, False), "aside": (False, True, False),
    }  # fmt: skip


def test_a_renamed_dependency_is_known_under_both_names_at_the_version_that_is_meant(
    workspace: Path, cargo: Path
) -> None:
    for version in ("0.7.3", "0.8.5"):
        crate(cargo / REGISTRY / f"dice-{version}", "dice", version, '[lib]\nname = "die"\n')
    workspace.joinpath("Cargo.toml").write_text(
        '[package]\nname = "my-own"\nversion = "0.1.0"\n[dependencies]\ndice = "0.8"\nold-dice = { package = "dice", version = "0.7" }\n'
    )
    lock(workspace, ("dice", "0.7.3", SOURCE), ("dice", "0.8.5", SOURCE), ("far", "1.0.0", SOURCE))
    _, old, new, far = locked_crates(workspace)
    assert old.is_called("old-dice") and old.is_called("old_dice") and old.is_called("dice") and old.is_called("die")
    assert new.is_called("dice") and not new.is_called("old_dice")
    assert (old.direct, new.direct, far.direct) == (True, True, False)


@pytest.mark.parametrize(
    ("requirement", "fits"),
    [
        ("1", "1.9.0"), ("^1.2", "1.3.0"), ("~1.2", "1.2.9"), ("=1.2.3", "1.2.3"), ("0.0.3", "0.0.3"), ("0", "0.9.0"),
        (">=1, <3", "2.0.0"), ("*", "2.0.0"), ("1.2.3-beta.1", "1.2.3"), ("0.8.1", "0.8.5"),
    ],
)  # fmt: skip
def test_the_version_that_a_requirement_allows_is_direct(workspace: Path, requirement: str, fits: str) -> None:
    workspace.joinpath("Cargo.toml").write_text(
        f'[package]\nname = "my-own"\nversion = "0.1.0"\n[dependencies]\ndice = "{requirement}"\n'
    )
    lock(workspace, ("dice", fits, SOURCE), ("dice", "77.0.0", SOURCE))
    assert by_name(workspace)["dice"] and locked_crates(workspace)[1].direct
    if "*" not in requirement and "<" not in requirement:
        assert not locked_crates(workspace)[2].direct


@pytest.mark.parametrize(
    "text", ["[[package", "version = 4\n[[package]]\nname = 3", 'package = "no"', "\0", "[[package]]\n" * 9]
)
def test_a_malformed_lock_is_told_in_a_sentence_or_skipped(workspace: Path, text: str) -> None:
    workspace.joinpath("Cargo.lock").write_text(text)
    try:
        found = locked_crates(workspace)
    except RustaError as error:
        assert "Cargo.lock" in str(error) and "\n" not in str(error)
    else:
        assert [one.name for one in found] == ["my-own"]


@pytest.mark.parametrize(
    "manifest",
    ["[package", "package = 3", "[package]\nname = 3\nversion = 3", "[package]\nname = 'a'\nversion = 'b'\n[lib]\nname = 7",
     "[package]\nname = 'a'\nversion = '1.0.0'\n[dependencies]\nb = { path = 3 }\nc = { path = '\\u0000' }\nd = [1]",
     "[workspace]\nmembers = 3\npackage = 4", "[workspace]\nmembers = ['a', 3, '\\u0000', '/']\n[patch]\nx = 3"],
)  # fmt: skip
def test_a_malformed_manifest_gives_no_traceback(workspace: Path, manifest: str) -> None:
    workspace.joinpath("Cargo.toml").write_text(manifest)
    try:
        locked_crates(workspace)
    except RustaError as error:
        assert "Cargo.toml" in str(error) and "\n" not in str(error)


def test_names_that_lead_elsewhere_and_links_out_are_not_followed(workspace: Path, cargo: Path, tmp_path: Path) -> None:
    crate(tmp_path / "secret-1.0.0", "secret")
    (cargo / REGISTRY).mkdir(parents=True)
    lock(
        workspace, ("../../../../secret", "1.0.0", SOURCE), ("secret", "1.0.0/../../x", SOURCE), ("ok", "1.0.0", SOURCE)
    )
    assert [one.name for one in locked_crates(workspace)] == ["my-own", "ok"]
    workspace.joinpath("Cargo.lock").unlink()
    lock(tmp_path, ("ok", "1.0.0", SOURCE))
    workspace.joinpath("Cargo.lock").symlink_to(tmp_path / "Cargo.lock")
    with pytest.raises(RustaError, match=r"Cargo\.lock"):
        locked_crates(workspace)
