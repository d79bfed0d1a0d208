"""The index of crates: what is read once, what is read again, and whose items an answer is made of."""

import os
import sqlite3
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.library import crate_index
from rusta.library.answers import answer
from rusta.library.crate_index import CrateIndex, NoCrateIndex, fingerprint_of
from rusta.library.crate_sources import LockedCrate, locked_crates
from rusta.library.index import Library
from rusta.library.source_files import FolderFiles
from rusta.library.source_items import crate_contents
from tests.library.crates_on_disk import REGISTRY, SOURCE, crate, lock

JAR = """//! Jars for everything.
/// Puts a thing into the jar, which blocks while it is full.
pub fn put() {}
pub mod lids { /// A lid of the jar.
pub struct Lid; impl Lid { /// Turns it.
pub fn turn(&self) {} pub fn new() -> Lid { Lid } } pub fn put() {} }
pub use lids::Lid;
#[macro_export] macro_rules! put { () => {} }
pub use shelf::*;
pub use shelf::deep::Board as Plank;
"""
SHELF = "pub fn stack() {} pub struct Row; impl Row { pub fn first(&self) {} }"
SHELF += "pub mod deep { pub struct Board; impl Board { pub fn saw(&self) {} } }"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"), "")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cargo = tmp_path / "cargo"
    monkeypatch.setenv("CARGO_HOME", str(cargo))
    crate(cargo / REGISTRY / "jar-1.0.0", "jar", src__lib_rs=JAR)
    crate(cargo / REGISTRY / "jar-2.0.0", "jar", "2.0.0", src__lib_rs="pub fn put_two() {}")
    crate(cargo / REGISTRY / "shelf-1.0.0", "shelf", src__lib_rs=SHELF)
    root = crate(
        tmp_path / "own", "own", "0.1.0", '[dependencies]\njar = "1"\ntwo = { package = "jar", version = "2" }\n',
        src__lib_rs="mod inner; pub fn start() {}", src__inner_rs="/// Starts the engine.\nfn quiet() {}",
    )  # fmt: skip
    lock(root, ("own", "0.1.0", ""), ("jar", "1.0.0", SOURCE), ("jar", "2.0.0", SOURCE), ("shelf", "1.0.0", SOURCE))
    return root


def refreshed(home: Home, crates: "tuple[LockedCrate, ...]") -> tuple[CrateIndex, list[tuple[int, int]]]:
    heard = list[tuple[int, int]]()
    index = CrateIndex.open(home)
    index.refresh(crates, lambda done, of: heard.append((done, of)))
    return index, heard


@pytest.fixture
def index(home: Home, workspace: Path) -> CrateIndex:
    return refreshed(home, locked_crates(workspace))[0]


def paths(index: CrateIndex, name: str) -> list[str]:
    return [one.item.path for one in index.items(name)]


def test_an_item_is_found_by_the_end_of_any_of_its_paths_the_plainest_first(index: CrateIndex) -> None:
    assert paths(index, "Lid") == ["jar::Lid"]  # and not twice
    assert paths(index, "lids::Lid") == ["jar::lids::Lid"]
    assert paths(index, "Lid::turn") == paths(index, "jar::Lid::turn()") == ["jar::Lid::turn"]
    assert paths(index, "Lid::<Vec<Vec<u8>>>::new") == ["jar::Lid::new"]
    assert [(one.item.path, one.item.kind) for one in index.items("put")] == [
        ("jar::put", "fn"), ("jar::lids::put", "fn"), ("jar::put", "macro"),
    ]  # fmt: skip
    assert [one.item.kind for one in index.items("put!")] == ["macro"]
    assert paths(index, "") == paths(index, "::") == paths(index, "absent") == paths(index, "%") == []


def test_an_item_comes_with_its_crate_and_all_that_was_read(index: CrateIndex, workspace: Path) -> None:
    (found,) = index.items("Lid::turn")
    assert (found.crate.name, found.crate.version) == ("jar", "1.0.0") and found.crate.root
    assert found.item in [
        one for one in crate_contents(FolderFiles(found.crate.root)).items if one.path == "jar::Lid::turn"
    ]
    (quiet,) = index.items("own::inner::quiet")
    assert (quiet.item.public, quiet.crate.own, quiet.item.file) == (False, True, "src/inner.rs")


def test_an_item_of_another_crate_is_found_under_the_path_that_re_exports_it(index: CrateIndex) -> None:
    (row,) = index.items("jar::Row::first")
    assert (row.item.path, row.crate.name) == ("jar::Row::first", "shelf")
    assert paths(index, "Row") == ["jar::Row"]
    assert paths(index, "jar::Plank::saw") == ["jar::Plank::saw"] == paths(index, "Plank::saw")
    assert paths(index, "shelf::Row") == ["jar::Row"]


def test_a_renamed_dependency_answers_to_its_name_at_its_version(index: CrateIndex) -> None:
    (found,) = index.items("two::put_two")
    assert (found.crate.version, found.item.path) == ("2.0.0", "jar::put_two")
    assert paths(index, "two::put") == [] == paths(index, "two::Row")


def test_members_are_the_names_directly_below_a_path(index: CrateIndex) -> None:
    assert index.members("jar::Lid") == ["new", "turn"]
    assert index.members("jar::lids") == ["Lid", "put"]
    assert {"Lid", "lids", "put", "Row", "stack", "Plank"} <= set(index.members("jar"))
    assert index.members("") == index.members("ja") == []


def test_words_find_items_by_their_documentation_those_with_all_of_them_first(index: CrateIndex) -> None:
    assert [one.item.path for one in index.search(["blocking", "full"])] == ["jar::put"]
    assert index.search(["lid", "turning"])[0].item.path == "jar::Lid::turn"
    assert index.search(['"', "' OR", "*", "AND"]) == [] and index.search([]) == []
    assert len(index.search(["jar"], 2)) == 2


def test_only_the_crates_that_were_given_last_answer(home: Home, workspace: Path) -> None:
    crates = locked_crates(workspace)
    index, _ = refreshed(home, crates)
    index.refresh(tuple(one for one in crates if one.version == "2.0.0"), lambda done, of: None)
    assert paths(index, "put") == [] and paths(index, "put_two") == ["jar::put_two"]
    assert index.search(["lid"]) == [] and index.members("jar") == ["put_two"]
    index.refresh((), lambda done, of: None)
    assert paths(index, "put_two") == [] == index.search(["put"])


def test_a_crate_of_the_registry_is_read_once_and_an_own_one_when_it_changed(home: Home, workspace: Path) -> None:
    crates = locked_crates(workspace)
    index, heard = refreshed(home, crates)
    assert heard == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    index.close()
    index, heard = refreshed(home, crates)
    assert heard == [(0, 0)]
    jar = next(one for one in crates if one.version == "1.0.0" and one.name == "jar")
    (jar.root or Path()).joinpath("src", "lib.rs").write_text("pub fn other() {}")
    (workspace / "src" / "inner.rs").write_text("pub fn loud() {}")
    heard = list[tuple[int, int]]()
    index.refresh(crates, lambda done, of: heard.append((done, of)))
    assert heard == [(0, 1), (1, 1)]
    assert paths(index, "quiet") == [] and paths(index, "loud") == ["own::inner::loud"] and paths(index, "other") == []
    assert index.search(["engine"]) == []


def test_a_new_version_in_the_same_folder_takes_the_place_of_the_old_one(home: Home, workspace: Path) -> None:
    index, _ = refreshed(home, locked_crates(workspace))
    manifest = workspace / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.2.0"))
    workspace.joinpath("Cargo.lock").unlink()
    index.refresh(locked_crates(workspace), lambda done, of: None)
    assert [one.crate.version for one in index.items("own::start")] == ["0.2.0"]
    assert index.db.execute("select count(*) from crates where name = 'own'").fetchone() == (1,)


def test_what_was_read_before_an_interruption_need_not_be_read_again(
    home: Home, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    index = CrateIndex.open(home)
    with pytest.raises(KeyboardInterrupt):
        index.refresh(locked_crates(workspace), interrupted)
    index.close()
    assert refreshed(home, locked_crates(workspace))[1] == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize("damage", ["no database", "cut", "folder", "layout"])
def test_a_damaged_index_is_set_aside_and_made_anew(home: Home, workspace: Path, damage: str) -> None:
    index, _ = refreshed(home, locked_crates(workspace))
    index.close()
    file = index.file
    match damage:
        case "no database":
            file.write_bytes(b"no database" * 1000)
        case "cut":
            os.truncate(file, 4096)
        case "folder":
            file.unlink()
            file.mkdir()
        case "layout":
            with sqlite3.connect(file) as db:
                db.execute("pragma user_version = 99")
            db.close()
    index, heard = refreshed(home, locked_crates(workspace))
    assert heard[-1] == (4, 4) and paths(index, "Lid") == ["jar::Lid"]
    assert os.path.lexists(f"{file}.damaged") is (damage != "layout")


def test_damage_that_shows_while_it_is_asked_ends_no_conversation(home: Home, workspace: Path) -> None:
    index, _ = refreshed(home, locked_crates(workspace))
    size = index.file.stat().st_size
    with index.file.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    index.close()
    index.db = sqlite3.connect(index.file)
    index.db.execute("create temp table within (id integer primary key, weight real)")
    assert index.items("Lid") == [] and index.search(["lid"]) == [] and index.members("jar") == []
    index.refresh(locked_crates(workspace), lambda done, of: None)
    assert paths(index, "Lid") == ["jar::Lid"]


def test_a_home_that_cannot_be_written_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(crate_index.sqlite3, "connect", refused)
    with pytest.raises(NoCrateIndex):
        CrateIndex.open(home)


def test_a_fingerprint_follows_sources_and_leaves_other_packages_and_builds_out(workspace: Path) -> None:
    before = fingerprint_of(workspace)
    crate(workspace / "member", "member", src__lib_rs="")
    for folder in ("target", ".git"):
        (workspace / folder).mkdir()
        (workspace / folder / "made.rs").write_text("")
    (workspace / "notes.txt").write_text("")
    assert fingerprint_of(workspace) == before
    (workspace / "src" / "inner.rs").rename(workspace / "src" / "outer.rs")
    assert fingerprint_of(workspace) != before
    assert fingerprint_of(workspace / "absent")


def test_a_path_that_a_crate_has_not_is_said_and_never_answered_by_its_last_name(
    index: CrateIndex, small: Library
) -> None:
    found = answer(small, "What does jar::lids::Lid::turn_on do?", index)
    assert found.quotes == ()
    assert found.said == (
        "I found no `jar::lids::Lid::turn_on` in the sources of jar 1.0.0 and 2.0.0, which this workspace has. "
        "Near it: `jar::lids::Lid::turn`.",
    )
    assert [one.title for one in answer(small, "What does put_two do?", index).quotes] == ["jar::put_two"]
    other = answer(small, "What does jar::Row::put_two do?", index)
    assert other.quotes == () and "I found no `jar::Row::put_two`" in other.said[0]
