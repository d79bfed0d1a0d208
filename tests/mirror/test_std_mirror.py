"""std as a mirror: what differs between two toolchains, when rustup has replaced the first one's documentation."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.library.documentation import Documentation
from rusta.library.index import Library
from rusta.memory.recall.recall import Memory, Vectors
from rusta.mirror.mirrors import AlreadyThere, Mirrors, NoMirror
from rusta.mirror.reflection import MirrorJournal
from rusta.mirror.std_digest import KeptItem, StdDigest, digest_file, read_digest, std_head, std_order, std_revision
from rusta.mirror.std_mirror import NoDigest, StdMirror, keep_std_digest
from rusta.mirror.std_record import std_size
from tests.mirror.toolchains import InstalledPages, toolchain, updated

TOLD: Callable[[int, int], None] = lambda done, of: None  # noqa: E731
STEP: Callable[[str], Callable[[int, int], None]] = lambda what: TOLD  # noqa: E731


@pytest.fixture
def before(tmp_path: Path) -> Documentation:
    return toolchain(tmp_path / "toolchain")


@pytest.fixture
def followed(home: Home, before: Documentation, tmp_path: Path) -> StdMirror:
    """std, followed from 1.90.0 on; 1.91.0 is here now."""
    assert StdMirror(home, InstalledPages(before)).add(None, TOLD).reflected == "1.90.0"
    return StdMirror(home, InstalledPages(updated(tmp_path / "toolchain")))


def test_a_new_toolchain_waits_before_it_is_read_and_its_differences_are_told(followed: StdMirror) -> None:
    (listed,) = followed.listed()
    assert (listed["reflected"], listed["newest"], listed["waits"]) == ("1.90.0", "1.91.0", True)
    found = followed.changes(None, lambda path: (), TOLD)
    assert {(one.change, one.kind, one.path) for one in found.api} == {
        ("added", "method", "std::vec::Vec::peel"),
        ("stabilised", "method", "std::vec::Vec::push_within_capacity"),
        ("removed", "method", "std::option::Option::xor"),
        ("signature", "fn", "std::mem::take"),
        ("deprecated", "method", "std::collections::HashMap::insert"),
    }  # core_of needs a feature: nothing of it is told
    assert (found.old.short, found.new.short, found.version) == ("1.90.0", "1.91.0", "1.91.0")
    take = next(one for one in found.api if one.path == "std::mem::take")
    assert take.old and take.new and take.new.file == "std/mem/fn.take.html"
    assert take.new.signature == "pub fn take<T: Default>(dest: &mut T, fill: T) -> T" != take.old.signature


def test_what_waits_is_written_once_with_the_page_of_each_item(followed: StdMirror, home: Home) -> None:
    memory = Memory(home, vectors=Vectors.none)
    journal = MirrorJournal(memory, home.mirrors)
    done = followed.reflect(journal, lambda path: (), STEP)
    whole = "\n".join(memory.devlogs.read(path).body for path in done.notes)
    place = "(std@1.91.0:std/vec/struct.Vec.html::vec::Vec::peel)"
    assert f"- new: method `std::vec::Vec::peel`\n  {place}\n  ```rust\n  pub fn peel(&mut self) -> T\n" in whole
    assert "- stable now: method `std::vec::Vec::push_within_capacity`" in whole
    assert "What is new needs std 1.91.0: with 1.90.0 it does not compile." in whole
    assert "- gone: method `std::option::Option::xor`" in whole and "(std@1.90.0:std/option/enum.Option.html" in whole
    assert "note: Deprecated since 1.91.0: use entry" in whole
    assert not followed.waits() and followed.record().reflected == "1.91.0"
    again = followed.reflect(journal, lambda path: (), STEP)
    assert not again.substantial and again.why == "nothing substantial: no stable item of std differs"


def test_what_is_kept_of_a_toolchain_outlives_its_pages_and_is_small(followed: StdMirror, home: Home) -> None:
    kept = read_digest(followed.folder, "1.90.0")
    assert kept and {"std::vec::Vec::push", "std::option::Option::xor", "slice::windows"} <= {
        one.path for one in kept.items
    }
    assert "std::vec::Vec::windows" not in {one.path for one in kept.items}  # which Deref gives
    assert 0 < std_size(home) < 5_000
    digest_file(followed.folder, "1.90.0").write_bytes(zlib.compress(b"{}"))
    with pytest.raises(NoDigest, match=r"Of std 1\.90\.0 nothing is kept here\. There is: 1\.91\.0"):
        followed.changes(None, lambda path: (), TOLD)


def test_the_library_keeps_it_without_being_asked_so_that_since_reaches_back(
    home: Home, before: Documentation, tmp_path: Path
) -> None:
    with Library.build(home, before, TOLD) as library:
        keep_std_digest(home, library)
    assert not StdMirror(home, InstalledPages(before)).is_here
    later = StdMirror(home, InstalledPages(updated(tmp_path / "toolchain")))
    later.add("1.90.0", TOLD)
    assert later.waits() and later.kept() == ["1.91.0", "1.90.0"]
    with pytest.raises(AlreadyThere):
        later.add(None, TOLD)
    later.remove()
    assert later.listed() == [] and later.kept() == ["1.91.0", "1.90.0"]
    with pytest.raises(NoMirror, match="rusta mirror add std"):
        later.update(TOLD)


def kept(path: str, kind: str, head: str, since: str = "1.0.0", feature: str = "") -> KeptItem:
    return KeptItem(path, kind, head, since, feature, "", f"std/{kind}.{path.rpartition('::')[2]}.html")


def test_what_changed_is_told_once_and_nothing_of_what_only_nightly_had(home: Home, before: Documentation) -> None:
    """As Rust 1.97 made aliases of the atomic structs, and stabilised `std::range` with a `const` less."""
    std = StdMirror(home, InstalledPages(before))
    std.add(None, TOLD)
    old = (
        kept("std::sync::AtomicBool", "struct", "pub struct AtomicBool"),
        kept("std::sync::AtomicBool::new", "method", "pub const fn new()"),
        kept("std::range::Range", "struct", "pub struct Range<Idx>", "", "range"),
        kept("std::range::Range::contains", "method", "pub const fn contains()", "", "range"),
        kept("std::ptr::Alignment", "struct", "pub struct Alignment", "", "alignment"),
        kept("std::io::sink", "fn", "pub fn sink()", "", "io"), kept("i8::low", "method", "fn low()", "", "bits"),
    )  # fmt: skip
    new = (
        kept("std::sync::AtomicBool", "type", "pub type AtomicBool = Atomic<bool>;"),
        kept("std::range::Range", "struct", "pub struct Range<Idx>", "1.90.1"),
        kept("std::range::Range::contains", "method", "pub fn contains()", "1.90.1"),
        kept("std::io::sink", "fn", "pub fn sink(much: u8)", "", "io"),
        kept("std::io::pour", "fn", "pub fn pour()", "", "io"), kept("i8::low", "method", "fn low()", "1.90.1"),
    )  # fmt: skip
    StdDigest("1.89.0", old).keep(std.folder)
    StdDigest("1.90.0", new).keep(std.folder)
    found = std.changes("1.89.0", lambda path: (), TOLD).api
    assert [(one.change, one.kind, one.path) for one in sorted(found, key=lambda one: one.path)] == [
        ("stabilised", "method", "i8::low"), ("stabilised", "struct", "std::range::Range"),
        ("signature", "type", "std::sync::AtomicBool"),
    ]  # fmt: skip


def test_a_value_and_what_is_private_are_no_part_of_a_signature() -> None:
    assert std_head("constant", "pub const MAIN: char = '/'; // x") == "pub const MAIN: char"
    assert std_head("struct", "pub struct E(/* private fields */);") == std_head(
        "struct", "pub struct E { /* private fields */ }"
    )
    assert (
        std_head("struct", "#[repr(transparent)]pub struct W<T>(pub T);")
        == "#[repr(transparent)] pub struct W<T>(pub T);"
    )


def test_an_older_toolchain_than_the_one_that_was_understood_changes_nothing(
    home: Home, before: Documentation, tmp_path: Path
) -> None:
    StdMirror(home, InstalledPages(updated(tmp_path / "toolchain"))).add(None, TOLD)
    older = StdMirror(home, InstalledPages(toolchain(tmp_path / "pinned")))
    assert older.update(TOLD).newest == "1.91.0" and not older.waits()


def test_without_documentation_it_is_said_how_it_is_installed(home: Home) -> None:
    with pytest.raises(NoDigest, match="rustup component add"):
        StdMirror(home, InstalledPages(None, "Install it: rustup component add rust-docs")).add(None, TOLD)


def test_revisions_are_ordered_and_what_is_none_is_refused() -> None:
    said = [
        "1.97.0 (a 2026-07-01)",
        "1.97.0-nightly (b 2026-05-19)",
        "1.97.0-nightly (c 2026-05-02)",
        "1.97.0-beta.2 (d 2026-06-01)",
    ]
    assert sorted(map(std_revision, said), key=std_order)[-1] == "1.97.0"
    assert std_order(std_revision(said[1])) > std_order(std_revision(said[2]))
    assert [std_revision(one) for one in ("unknown", "1.90.0", "../1.90.0 (a 2026-07-01)")] == ["", "", ""]


def test_no_repository_takes_its_name(home: Home, tmp_path: Path) -> None:
    (tmp_path / "std").mkdir()
    with pytest.raises(ConfigError, match="another name: name=NAME"):
        Mirrors(home, {}, Network(online=False)).add(str(tmp_path / "std"), None, {})
