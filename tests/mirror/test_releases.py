"""A crate's releases, from a home of cargo that is written here; cargo itself is stood in for by a script."""

from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.core.network import DoorShut, Network
from rusta.library.crate_sources import UnreadableLock
from rusta.mirror.change_facts import change_facts
from rusta.mirror.registry_index import published_versions, version_order
from rusta.mirror.releases import CrateUpstream, NoRelease, locked_releases
from tests.library.crates_on_disk import REGISTRY, SOURCE, crate, indexed, lock
from tests.linear import soon

SHUT, OPEN = Network(False), Network(True)


@pytest.fixture(autouse=True)
def cargo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home of cargo, and a cargo that cannot do anything."""
    home = tmp_path / "cargo"
    monkeypatch.setenv("CARGO_HOME", str(home))
    programs(monkeypatch, tmp_path, 'echo "error: this cargo was not to be asked" >&2; exit 101')
    return home


def programs(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """A cargo that runs this shell script."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "cargo").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bin" / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def unpacked(home: Path, name: str, version: str, **files: str) -> Path:
    return crate(home / REGISTRY / f"{name}-{version}", name, version, **files)


def test_versions_are_those_of_the_index_and_of_the_disk_without_yanked_ones(cargo: Path) -> None:
    indexed(
        cargo, "pond", ("0.9.0", False), ("1.0.0", False), ("1.0.1", True), ("1.1.0-rc.1", False), ("0.10.0", False)
    )
    unpacked(cargo, "pond", "1.0.0")
    unpacked(cargo, "pond", "0.8.0")
    unpacked(cargo, "pond", "1.1.0-rc.1")
    found = CrateUpstream("pond", SHUT).releases()
    assert [(one.version, one.root is not None) for one in found] == [
        ("1.1.0-rc.1", True), ("1.0.0", True), ("0.10.0", False), ("0.9.0", False), ("0.8.0", True),
    ]  # fmt: skip
    assert CrateUpstream("pond", SHUT).newest().version == "1.0.0"


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd", "a_b-c"])
def test_the_index_of_short_names_is_found(cargo: Path, name: str) -> None:
    indexed(cargo, name, ("1.0.0", False))
    assert [one.version for one in published_versions(name)] == ["1.0.0"]


def test_versions_are_ordered_as_semver_says() -> None:
    versions = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.10",
    ]
    assert sorted(set(versions), key=version_order) == versions


def test_two_releases_are_compared_though_cargo_gives_every_file_the_same_time(cargo: Path) -> None:
    import os

    for version, word in (("1.0.0", "recv"), ("1.0.1", "send")):
        root = unpacked(cargo, "pond", version, **{"src__lib_rs": f"/// It {word}s.\npub fn a() {{}}\n"})
        for file in root.rglob("*.*"):
            os.utime(file, (1_153_704_088, 1_153_704_088))
    upstream = CrateUpstream("pond", SHUT)
    facts = change_facts(upstream.files("1.0.0"), upstream.files("1.0.1"))
    assert [(one.kind, one.text) for one in facts] == [("package", "version 1.0.0 -> 1.0.1"), ("docs", "It sends.")]
    assert list(upstream.files("1.0.0").below("src").paths()) == ["lib.rs"]
    assert upstream.files("1.0.0").below("src").read("lib.rs", 100) == b"/// It recvs.\npub fn a() {}\n"


def test_links_out_of_a_release_are_not_read(cargo: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    root = unpacked(cargo, "pond", "1.0.0", README="A pond.")
    (root / "README.md").symlink_to(tmp_path / "secret.md")
    (root / "docs").symlink_to(tmp_path)
    files = CrateUpstream("pond", SHUT).files("1.0.0")
    assert sorted(files.paths()) == ["Cargo.toml", "README"]
    assert [files.read(one, 100) for one in ("README.md", "docs/secret.md", "../../secret.md", "/etc/passwd")] == [
        None
    ] * 4


def test_what_needs_the_network_says_so_and_which_command_brings_it(cargo: Path) -> None:
    with pytest.raises(DoorShut, match=r"network is shut.*cargo info pond, or let me: network=online"):
        CrateUpstream("pond", SHUT).newest()
    indexed(cargo, "pond", ("1.0.0", False))
    with pytest.raises(DoorShut, match=r"pond 1.0.0 are not on this machine.*Bring it once: cargo info pond@1.0.0"):
        CrateUpstream("pond", SHUT).files("1.0.0")
    with pytest.raises(NoRelease, match=r"pond has no version 2.0.0. There are 1.0.0."):
        CrateUpstream("pond", SHUT).files("2.0.0")
    with pytest.raises(DoorShut, match="Asking which versions of pond there are"):
        CrateUpstream("pond", SHUT).update()


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "a" * 65, "a\0", "1a"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a crate"):
        CrateUpstream(name, SHUT)


@pytest.mark.parametrize("version", ["", "1", "../1.0.0", "1.0.0/..", "latest", "--help"])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    with pytest.raises(ConfigError, match="is no version"):
        CrateUpstream("pond", OPEN).files(version)


def test_a_version_is_brought_by_cargo_where_the_network_is_open(
    cargo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = cargo / REGISTRY / "pond-1.0.0"
    programs(
        monkeypatch,
        tmp_path,
        f"pwd > {tmp_path}/where; echo \"$@\" > {tmp_path}/said; mkdir -p {at}; echo '[package]' > {at}/Cargo.toml",
    )
    assert CrateUpstream("pond", OPEN).files("1.0.0").root == at
    assert (tmp_path / "said").read_text().split()[-2:] == ["--", "pond@1.0.0"]
    assert (tmp_path / "where").read_text() == "/\n"


def test_an_old_cargo_fetches_a_crate_that_needs_it(
    cargo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = cargo / REGISTRY / "pond-1.0.0"
    programs(
        monkeypatch, tmp_path,
        'if [ "$1" = info ]; then echo "error: no such command: info" >&2; exit 101; fi; '
        f'cp "$3" {tmp_path}/manifest; mkdir -p {at}; echo > {at}/Cargo.toml',
    )  # fmt: skip
    assert CrateUpstream("pond", OPEN).files("1.0.0").root == at
    assert 'pond = "=1.0.0"' in (tmp_path / "manifest").read_text()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("warning: spurious network error (1 try remaining)\nerror: download of config.json failed\n",
         "The registry could not be reached.*download of config.json failed"),
        ("error: could not find `pond@3.0.0` in registry `https://example.org`\n", "pond has no version 3.0.0. There are 1.0.0"),
        ("error: the moon is full\n", "cargo could not bring pond 3.0.0: the moon is full"),
    ],
)  # fmt: skip
def test_what_cargo_could_not_do_is_said_in_plain_words(
    cargo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, told: str
) -> None:
    indexed(cargo, "pond", ("1.0.0", False))
    programs(monkeypatch, tmp_path, f"printf '%s' '{said}' >&2; exit 101")
    with pytest.raises(NoRelease, match=told):
        CrateUpstream("pond", OPEN).files("3.0.0")


def test_a_crate_that_does_not_exist_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch, tmp_path, "echo 'error: could not find `pond` in registry `x`' >&2; exit 101")
    with pytest.raises(NoRelease, match="The registry has no crate called pond"):
        CrateUpstream("pond", OPEN).update()


def test_a_machine_without_cargo_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin" / "cargo").unlink()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NoRelease, match="There is no cargo on this machine"):
        CrateUpstream("pond", OPEN).update()


def test_the_crates_of_a_lock_have_the_locked_and_the_newest_version(cargo: Path, tmp_path: Path) -> None:
    crate(tmp_path / "w", "w", "0.1.0", '[dependencies]\npond = "1"\n', src__lib_rs="")
    lock(
        tmp_path / "w",
        ("w", "0.1.0", ""),
        ("deep", "0.1.0", SOURCE),
        ("pond", "1.0.0", SOURCE),
        ("g", "1.0.0", "git+https://x#1234567"),
    )
    indexed(cargo, "pond", ("1.0.0", False), ("1.2.0", False), ("1.3.0", True), ("2.0.0", False), ("3.0.0-rc.1", False))
    found = locked_releases(tmp_path / "w")
    assert [(one.name, one.locked, one.newest, one.compatible, one.direct) for one in found] == [
        ("pond", "1.0.0", "2.0.0", "1.2.0", True), ("deep", "0.1.0", "", "", False),
    ]  # fmt: skip


def test_a_lock_longer_than_a_manifest_may_be_is_read(tmp_path: Path) -> None:
    crate(tmp_path / "w", "w", "0.1.0", src__lib_rs="")
    lock(
        tmp_path / "w",
        ("w", "0.1.0", ""),
        *((f"crate-with-a-name-of-nearly-sixty-letters-and-number-{n}", "1.0.0", SOURCE) for n in range(1_800)),
    )
    assert (tmp_path / "w" / "Cargo.lock").stat().st_size > 1 << 18
    assert len(locked_releases(tmp_path / "w")) == 1_800


def test_a_workspace_without_a_lock_is_told_how_to_make_one(tmp_path: Path) -> None:
    crate(tmp_path / "w", "w", "0.1.0", src__lib_rs="")
    with pytest.raises(UnreadableLock, match="cargo generate-lockfile"):
        locked_releases(tmp_path / "w")


@pytest.mark.parametrize(
    "end",
    [b"\0\0\0", b"1.0.0\0{\0", b"1\0" + b"[" * 100_000, b"{" * 1_000_000, b"\xff" * 1_000_000, b"1\0{}\0" * 200_000],
)
def test_a_damaged_index_gives_the_versions_that_can_be_read(cargo: Path, end: bytes) -> None:
    indexed(cargo, "pond", ("1.0.0", False), ("../../2.0.0", False), end=end)
    with soon():
        assert [one.version for one in published_versions("pond")] == ["1.0.0"]


def test_an_index_of_another_layout_tells_nothing(cargo: Path) -> None:
    indexed(cargo, "pond", ("1.0.0", False))
    file = next((cargo / "registry").rglob("pond"))
    file.write_bytes(b"\x09" + file.read_bytes()[1:])
    assert published_versions("pond") == []
