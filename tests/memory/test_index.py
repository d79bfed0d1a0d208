"""The index says what the files say, at every moment, and can be lost without losing anything."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rusta.memory.index import index
from rusta.memory.index.index import Index, NoJournals
from rusta.memory.index.index_file import VERSION
from rusta.memory.storage import changes
from rusta.memory.storage.uses import UseCounts


def put(root: Path, path: str, body: str, **keys: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    said = {"date": "2026-03-01T10:00:00Z", "tags": "[x]", **keys}
    file.write_text("---\n" + "".join(f"{k}: {v}\n" for k, v in said.items()) + f"---\n\n{body}\n", encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "devlogs").mkdir()
    return tmp_path / "devlogs"


@pytest.fixture
def shelf(root: Path, tmp_path: Path) -> Index:
    return Index(root, tmp_path / "index.sqlite")


def found(shelf: Index, query: str, **only: object) -> list[str]:
    shelf.refresh()
    return [hit.row.path for hit in shelf.search(query, **only)]  # type: ignore[arg-type]


def settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was just written count as old: the racy window is for its own tests."""
    monkeypatch.setattr(changes, "RACY_NS", -(10**9))


def test_words_are_found_by_stem_and_names_whole_and_in_parts(shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "The borrows of a `RefCell` are checked when it runs; `clippy::redundant_clone` is not.")
    put(root, "semantic/b.md", "E0502 is about reading while writing.")
    for query in ("borrowing", "refcell", "ref cell", "clippy::redundant_clone", "redundant", "checking"):
        assert found(shelf, query) == ["semantic/a.md"], query
    assert found(shelf, "why E0502?") == ["semantic/b.md"]
    assert found(shelf, "E0503") == []


def test_a_title_and_a_tag_count_more_than_a_word_in_passing(shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "# Something else\n\nOnce I met a lifetime on the way, and went on with other things.")
    put(root, "semantic/b.md", "# A lifetime\n\nIt ends at the brace, and went on with other things then.")
    assert found(shelf, "lifetime") == ["semantic/b.md", "semantic/a.md"]


def test_an_edit_by_hand_a_moment_ago_is_seen(shelf: Index, root: Path) -> None:
    file = put(root, "semantic/a.md", "alpha")
    assert found(shelf, "alpha") == ["semantic/a.md"]
    for old, new in (("alpha", "gamma"), ("gamma", "delta")):
        file.write_text(file.read_text().replace(old, new))
        assert found(shelf, old) == []
        assert found(shelf, new) == ["semantic/a.md"]


def test_an_edit_within_the_same_tick_of_a_coarse_clock_is_seen(
    shelf: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = changes.stamp
    monkeypatch.setattr(changes, "stamp", lambda status: (exact(status)[0], 7 * 10**18, 7 * 10**18, 1))
    file = put(root, "semantic/a.md", "alpha")
    assert found(shelf, "alpha") == ["semantic/a.md"]
    file.write_text(file.read_text().replace("alpha", "gamma"))  # size, times and inode all look the same
    assert found(shelf, "gamma") == ["semantic/a.md"]


def test_an_edit_whose_time_was_set_back_is_seen(shelf: Index, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(monkeypatch)
    file = put(root, "semantic/a.md", "alpha")
    assert found(shelf, "alpha") == ["semantic/a.md"]
    before = file.stat()
    file.write_text(file.read_text().replace("alpha", "gamma"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found(shelf, "gamma") == ["semantic/a.md"]


def test_what_was_looked_at_long_after_its_change_is_not_read_again(
    shelf: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(monkeypatch)
    put(root, "semantic/a.md", "alpha")
    assert shelf.refresh().indexed == 1
    monkeypatch.setattr(shelf.derived, "_read", lambda *_: pytest.fail("nothing changed"))
    assert shelf.refresh().indexed == 0


def test_files_that_leave_or_move_leave_the_index(shelf: Index, root: Path) -> None:
    first = put(root, "semantic/a.md", "alpha")
    put(root, "episodic/2026-03/b.md", "alpha")
    assert len(found(shelf, "alpha")) == 2
    first.unlink()
    assert found(shelf, "alpha") == ["episodic/2026-03/b.md"]
    (root / "episodic/2026-03").rename(root / "episodic/march")
    assert found(shelf, "alpha") == ["episodic/march/b.md"]
    assert shelf.entry("episodic/march/b") is not None
    assert shelf.entry("episodic/2026-03/b.md") is None


def test_an_entry_that_moved_keeps_its_uses(shelf: Index, root: Path) -> None:
    file = put(root, "procedural/a.md", "alpha")
    shelf.refresh()
    shelf.uses.used("procedural/a.md", True)
    file.rename(root / "procedural/b.md")
    shelf.refresh()
    assert (shelf.uses.of("procedural/b.md").times, shelf.uses.of("procedural/a.md").times) == (1, 0)


def test_uses_outlive_the_index(shelf: Index, root: Path, tmp_path: Path) -> None:
    put(root, "procedural/a.md", "alpha")
    shelf.refresh()
    shelf.uses.used("procedural/a.md", True)
    shelf.uses.used("procedural/a.md", False)
    shelf.close()
    (tmp_path / "index.sqlite").unlink()
    again = Index(root, tmp_path / "index.sqlite")
    again.refresh()
    used = again.uses.of("procedural/a.md")
    assert (used.times, used.helped) == (2, 1)


def test_links_out_of_the_journals_are_not_followed_and_said(shelf: Index, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("alpha")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/c.md").write_text("alpha")
    (root / "semantic").mkdir()
    (root / "semantic/a.md").symlink_to(tmp_path / "secret.md")
    (root / "semantic/dir").symlink_to(tmp_path / "elsewhere")
    done = shelf.refresh()
    assert shelf.search("alpha") == []
    assert len(done.notes) == 2 and all("symbolic link" in note for note in done.notes)


def test_the_journals_may_lie_elsewhere_behind_a_link(root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    (tmp_path / "link").symlink_to(root)
    assert found(Index(tmp_path / "link", None), "alpha") == ["semantic/a.md"]


def test_a_person_may_search_for_the(shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "the")
    put(root, "semantic/b.md", "omega")
    assert found(shelf, "the") == ["semantic/a.md"]


def test_only_entries_are_indexed(shelf: Index, root: Path) -> None:
    for path in ("README.md", "notes/a.md", "semantic/.hidden.md", "semantic/a.txt", ".git/semantic/a.md"):
        put(root, path, "alpha")
    put(root, "lab/deep/down/a.md", "alpha")
    assert found(shelf, "alpha") == ["lab/deep/down/a.md"]


@pytest.mark.parametrize(
    "raw", [b"", b"alpha", b"\xff\xfealpha", b"---\na: [\n---\nalpha", b"---\nalpha", b"\x00alpha\x00"]
)
def test_no_file_stops_the_others(raw: bytes, shelf: Index, root: Path) -> None:
    put(root, "semantic/good.md", "omega")
    (root / "semantic/odd.md").write_bytes(raw)
    assert found(shelf, "omega") == ["semantic/good.md"]
    assert len(shelf.search("")) == 2
    if b"alpha" in raw and b"\x00" not in raw:
        assert found(shelf, "alpha") == ["semantic/odd.md"]


def test_many_entries_of_one_second_all_have_a_place(shelf: Index, root: Path) -> None:
    for n in range(60):
        put(root, f"episodic/{n}.md", "alpha", date="2026-03-01")
    shelf.refresh()
    for n in range(60, 90):
        put(root, f"episodic/{n}.md", "alpha", date="2026-03-01")
    assert len(found(shelf, "alpha", limit=200)) == 90


def test_filters_and_status(shelf: Index, root: Path) -> None:
    put(
        root, "semantic/a.md", "alpha", tags="[burn, borrow checker]", repo="tern", confidence="high", date="2026-01-01"
    )
    put(root, "episodic/b.md", "alpha", tags="[burnt]", date="2026-02-01")
    put(root, "semantic/c.md", "alpha", status="archived", date="2026-03-01")
    put(root, "semantic/d.md", "omega", supersedes="[episodic/b.md]", date="2026-03-02")
    assert found(shelf, "alpha") == ["semantic/a.md"]
    assert set(found(shelf, "alpha", status="all")) == {"semantic/a.md", "episodic/b.md", "semantic/c.md"}
    assert found(shelf, "alpha", status="superseded") == ["episodic/b.md"]
    assert found(shelf, "alpha", tag="Borrow Checker") == ["semantic/a.md"]
    assert found(shelf, "alpha", tag="bur") == []
    assert found(shelf, "alpha", journal="episodic", status="all") == ["episodic/b.md"]
    assert found(shelf, "alpha", repo="tern", confidence="high") == ["semantic/a.md"]
    assert found(shelf, "", since=1_772_000_000) == ["semantic/d.md"]


def test_a_word_is_found_while_it_is_typed(shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "We spent the day debugging the allocator.")
    shelf.refresh()
    for n in range(2, len("debugging") + 1):
        assert shelf.search("debugging"[:n], prefix=True), "debugging"[:n]


def test_of_many_matches_those_with_the_rare_word_are_ranked(
    shelf: Index, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CANDIDATES", 5)
    put(root, "semantic/old.md", "alpha and the needle", date="2020-01-01")
    for n in range(30):
        put(root, f"episodic/{n}.md", "alpha in the hay", date=f"2026-02-{n % 28 + 1:02}")
    assert found(shelf, "alpha needle")[0] == "semantic/old.md"
    assert len(found(shelf, "alpha")) == 5
    assert "semantic/old.md" not in found(shelf, "alpha")


@pytest.mark.parametrize(
    "query", ['"', "'", "a OR", "NEAR(", "col:x", "*", "^a", "-", "((", "ä" * 300, "\x00", "()", "AND"]
)
def test_a_query_is_only_words(query: str, shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf.refresh()
    shelf.search(query)
    shelf.search(query, prefix=True)


def break_header(file: Path) -> None:
    file.write_bytes(b"this is no database" * 1000)


def break_middle(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    for page in range(1, len(raw) // 4096):
        raw[page * 4096 : page * 4096 + 2000] = b"\xaa" * 2000
    file.write_bytes(raw)


def break_length(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize("harm", [break_header, break_middle, break_length])
def test_a_damaged_index_is_made_anew_with_one_sentence(harm: object, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    for n in range(200):
        put(root, f"semantic/{n}.md", f"alpha {n} " + "words " * 50)
    shelf = Index(root, file)
    assert len(found(shelf, "alpha", limit=300)) == 200
    shelf.close()
    harm(file)  # type: ignore[operator]
    again = Index(root, file)
    notes = list(again.refresh().notes)
    assert len(again.search("alpha", limit=300)) == 200
    notes += again.refresh().notes
    assert sum("damaged" in note for note in notes) == 1


def test_damage_that_only_a_search_meets_is_mended_by_it(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    put(root, "semantic/a.md", "alpha")
    shelf = Index(root, file)
    shelf.refresh()
    shelf.close()
    with sqlite3.connect(file) as db:
        db.execute("UPDATE words_data SET block = x'00ff00ff' WHERE id > 10")
    db.close()
    again = Index(root, file)
    assert [hit.row.path for hit in again.search("alpha")] == ["semantic/a.md"]


def test_an_index_of_another_version_is_made_anew_with_one_sentence(shelf: Index, root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf.refresh()
    shelf.close()
    db = sqlite3.connect(tmp_path / "index.sqlite")
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.execute("CREATE TABLE of_the_future (x)")
    db.commit()
    db.close()
    again = Index(root, tmp_path / "index.sqlite")
    done = again.refresh()
    assert done.indexed == 1 and len(done.notes) == 1 and "another version" in done.notes[0]
    assert [hit.row.path for hit in again.search("alpha")] == ["semantic/a.md"]


def test_an_index_can_be_deleted_at_any_moment(shelf: Index, root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf.refresh()
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"index.sqlite{suffix}").unlink(missing_ok=True)
    put(root, "semantic/b.md", "alpha")
    other = Index(root, tmp_path / "index.sqlite")
    assert len(found(other, "alpha")) == 2
    assert len(found(shelf, "alpha")) == 2  # the one that still holds the old file goes on as well


def test_a_home_that_takes_no_writing_keeps_the_index_in_memory_and_says_so(root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    (tmp_path / "file").write_text("not a folder")
    shelf = Index(root, tmp_path / "file" / "index.sqlite")
    done = shelf.refresh()
    assert any("in memory" in note for note in done.notes)
    assert [hit.row.path for hit in shelf.search("alpha")] == ["semantic/a.md"]


def test_on_a_full_disk_the_journals_are_read_all_the_same(root: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    script = (
        "import resource\n"
        "from pathlib import Path\n"
        "from rusta.memory.index.index import Index\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        f"shelf = Index(Path({str(root)!r}), Path({str(root.parent / 'index.sqlite')!r}))\n"
        "print(*shelf.refresh().notes, *(hit.row.path for hit in shelf.search('alpha')))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "in memory" in done.stdout and "semantic/a.md" in done.stdout, done.stderr


def test_no_journals_are_refused_with_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(NoJournals, match="rusta devlog write"):
        Index(tmp_path / "nowhere", None).refresh()


def test_a_reader_goes_on_while_another_writes(shelf: Index, root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf.refresh()
    writer = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM entries")
    began = time.monotonic()
    assert [hit.row.path for hit in shelf.search("alpha")] == ["semantic/a.md"]
    assert time.monotonic() - began < 5
    writer.execute("ROLLBACK")
    writer.close()


def test_one_who_waits_for_a_writer_finds_its_work_done(shelf: Index, root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf.refresh()
    put(root, "semantic/b.md", "alpha")
    writer = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    let_go = threading.Timer(0.5, lambda: writer.execute("ROLLBACK"))
    let_go.start()
    assert len(found(shelf, "alpha")) == 2
    let_go.join()
    writer.close()


SCRIPT = "import sys; from pathlib import Path; from rusta.memory.index.index import Index\n"
SCRIPT += "i = Index(Path(sys.argv[1]), Path(sys.argv[2])); i.refresh(); print(len(i.search('alpha', limit=999)))"


def test_several_processes_that_index_at_once_agree(root: Path, tmp_path: Path) -> None:
    for n in range(300):
        put(root, f"semantic/{n}.md", f"alpha {n}")
    command = [sys.executable, "-c", SCRIPT, str(root), str(tmp_path / "index.sqlite")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [one.communicate()[0].strip() for one in running] == ["300"] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that begin in the same instant")
def test_processes_that_begin_the_same_index_in_one_instant_all_end_well(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, sys\n"
        "from pathlib import Path\n"
        "import rusta.memory.entries.entry\n"
        "from rusta.memory.index.index import Index\n"
        "def go(home, gate):\n"
        "    shelf = Index(home / 'devlogs', home / 'index.sqlite')\n"
        "    gate.wait()\n"
        "    shelf.refresh()\n"
        "    assert len(shelf.everything()) == 20\n"
        "fork = multiprocessing.get_context('fork')\n"
        "for home in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    gate = fork.Barrier(6)\n"
        "    all = [fork.Process(target=go, args=(home, gate)) for _ in range(6)]\n"
        "    [one.start() for one in all]\n"
        "    [one.join() for one in all]\n"
        "    assert [one.exitcode for one in all] == [0] * 6\n"
    )
    for n in range(40):
        for m in range(20):
            put(tmp_path / f"{n}" / "devlogs", f"semantic/{m}.md", "alpha")
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert not done.returncode, done.stderr


def test_a_process_killed_while_it_indexes_leaves_nothing_half(root: Path, tmp_path: Path) -> None:
    for n in range(400):
        put(root, f"semantic/{n}.md", f"alpha {n} " + "words " * 100)
    command = [sys.executable, "-c", SCRIPT, str(root), str(tmp_path / "index.sqlite")]
    for wait in (0.1, 0.2, 0.3):
        running = subprocess.Popen(command, stdout=subprocess.PIPE)
        time.sleep(wait)
        running.send_signal(signal.SIGKILL)
        running.communicate()
    shelf = Index(root, tmp_path / "index.sqlite")
    assert len(found(shelf, "alpha", limit=999)) == 400
    assert shelf.derived.trouble() is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "edit", "delete", "move", "touch", "archive", "supersede"]),
        st.integers(0, 5),
        st.sampled_from(["alpha", "gamma", "delta", "RefCell", "read_line", "größe", "E0502"]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_refreshed_step_by_step_is_the_same_as_made_at_once(
    steps: list[tuple[str, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    root = home / "devlogs"
    (root / "semantic").mkdir(parents=True)
    shelf = Index(root, home / "index.sqlite")
    for what, n, word in steps:
        file = root / f"semantic/{n}.md"
        if what == "write" or not file.exists():
            put(root, f"semantic/{n}.md", word, date=f"2026-03-0{n + 1}")
        elif what == "edit":
            raw = file.read_bytes()
            file.write_bytes(raw[:-2] + word[:1].encode() + b"\n")
        elif what == "delete":
            file.unlink()
        elif what == "move":
            file.rename(root / f"semantic/moved-{n}.md")
        elif what == "touch":
            file.touch()
        else:
            key = {"status": "archived"} if what == "archive" else {"supersedes": "[semantic/0.md]"}
            put(root, f"semantic/{n}.md", word, **key)
        shelf.refresh()
    fresh = Index(root, None)
    fresh.refresh()
    assert {row for _, row in shelf.everything()} == {row for _, row in fresh.everything()}
    for word in ("alpha", "gamma", "delta", "RefCell", "read_line", "größe", "E0502"):
        for status in ("active", "all"):
            ours, theirs = (
                {hit.row.path: hit.row.status for hit in one.search(word, status=status)} for one in (shelf, fresh)
            )
            assert ours == theirs
    assert shelf.derived.trouble() is None
    shelf.close()
    fresh.close()


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59-23:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_utc_has_no_year_for_is_none_and_every_row_has_a_moment(
    date: str, shelf: Index, root: Path
) -> None:
    put(root, "semantic/far.md", f"---\ndate: {date}\n---\n# Far\n\nfar\n")
    shelf.refresh()
    assert datetime.fromtimestamp(shelf.search("far")[0].row.date, UTC).year >= 2025


def unsound(harm: str, file: Path) -> None:
    """Damage that leaves a sound database: what a query, a copy of an old file or a bug of ours would do."""
    db = sqlite3.connect(file)
    db.executescript(harm)
    db.commit()
    db.close()


LACKING = [
    "DROP TABLE files", "DROP TABLE entries", "DROP TABLE words", "DROP TABLE habits", "DROP TABLE folders",
    "DROP INDEX links_old", "DROP TABLE words_docsize", "DELETE FROM entries", "DELETE FROM files", "DELETE FROM folders",
    "DELETE FROM entries WHERE path = 'semantic/a.md'", "DELETE FROM files WHERE name = 'a.md'", "DELETE FROM habits",
    "INSERT INTO words(words) VALUES ('delete-all')", "DELETE FROM superseded", "ALTER TABLE entries DROP COLUMN body",
    "DELETE FROM files; DELETE FROM folders; DELETE FROM entries; DELETE FROM counted",
]  # fmt: skip


def harmed(harm: str, root: Path, file: Path) -> Index:
    """An index of two entries, opened again after something was done to its file."""
    put(root, "semantic/a.md", "alpha")
    put(root, "procedural/b.md", "alpha", when="[E0502]", supersedes="[semantic/c.md]")
    shelf = Index(root, file)
    shelf.refresh()
    shelf.close()
    unsound(harm, file)
    return Index(root, file)


@pytest.mark.parametrize("harm", LACKING)
def test_an_index_that_lacks_a_table_or_rows_is_made_anew_with_one_sentence(
    harm: str, root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "index.sqlite"
    again = harmed(harm, root, file)
    notes = list(again.refresh().notes)
    assert {hit.row.path for hit in again.search("alpha")} == {"semantic/a.md", "procedural/b.md"}
    assert [said for said, _ in again.habits()] == ["E0502"]
    assert len(notes) == 1 and "damaged" in notes[0] and str(file) in notes[0]
    assert again.derived.trouble() is None
    assert not again.refresh().notes
    assert (tmp_path / "index.sqlite.damaged").is_file()


UNLIKE = [
    "UPDATE entries SET body = 'omega'", "UPDATE entries SET path = 'semantic/z.md' WHERE path = 'semantic/a.md'",
    "UPDATE habits SET pattern = 'E0001'", "UPDATE superseded SET old = 'semantic/a.md'",
    "INSERT INTO words(words, rowid, title, tags, body, parts) SELECT 'delete', id, '', '', 'alpha', '' FROM entries;"
    "DELETE FROM words_docsize; INSERT INTO words_docsize SELECT id, x'00000000' FROM entries",
]  # fmt: skip


@pytest.mark.parametrize("harm", UNLIKE)
def test_rows_that_do_not_agree_with_the_files_are_found_by_a_thorough_look(
    harm: str, root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "index.sqlite"
    again = harmed(harm, root, file)
    again.refresh()
    trouble = again.derived.trouble()
    assert trouble
    assert "damaged" in again.derived.make_anew(trouble).notes[0]
    assert again.derived.trouble() is None
    assert len(again.search("alpha")) == 2


def test_a_row_that_was_changed_is_not_shown(root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf = Index(root, tmp_path / "index.sqlite")
    shelf.refresh()
    shelf.close()
    unsound("UPDATE entries SET body = 'what no file says'", tmp_path / "index.sqlite")
    said: list[str] = []
    again = Index(root, tmp_path / "index.sqlite", said.append)
    again.refresh()
    assert [hit.row.body.strip() for hit in again.search("alpha")] == ["alpha"]
    assert len(said) == 1 and "not as it was written" in said[0]


def test_an_index_that_breaks_while_it_is_open_is_made_anew(root: Path, tmp_path: Path) -> None:
    put(root, "semantic/a.md", "alpha")
    shelf = Index(root, tmp_path / "index.sqlite")
    shelf.refresh()
    unsound("DROP TABLE words", tmp_path / "index.sqlite")
    assert found(shelf, "alpha") == ["semantic/a.md"]


def test_an_entry_of_no_date_keeps_that_of_its_file(shelf: Index, root: Path) -> None:
    put(root, "semantic/a.md", "alpha", date="")
    shelf.refresh()
    os.utime(root / "semantic/a.md", (1_700_000_000, 1_700_000_000))
    shelf.refresh()
    assert shelf.search("alpha")[0].row.date == 1_700_000_000
    assert shelf.derived.trouble() is None


@pytest.mark.parametrize("part", ["", "-wal", "-shm", ".lock"])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_stands_in_the_place_of_the_index_is_moved_and_never_deleted(
    part: str, make: object, root: Path, tmp_path: Path
) -> None:
    put(root, "semantic/a.md", "alpha")
    at = tmp_path / (f"index.sqlite{part}" if part != ".lock" else ".index.sqlite.lock")
    make(at)  # type: ignore[operator]
    if part == ".lock":
        (tmp_path / "index.sqlite").write_bytes(b"no database" * 400)
    said: list[str] = []
    shelf = Index(root, tmp_path / "index.sqlite", said.append)
    assert found(shelf, "alpha") == ["semantic/a.md"]
    assert (tmp_path / "index.sqlite").is_file()
    assert os.path.lexists(at.with_name(f"{at.name}.damaged"))
    assert any(str(at) in line for line in said) or part == ".lock"  # a lock is everybody's, and says it on stderr


USE = b'{"at": 1, "path": "semantic/a.md", "helped": true}\n'


@pytest.mark.parametrize(
    "held", [USE * 2 + b"\x00\xff\xfe\n", b"[" * 100_000 + b"\n" + USE * 2, USE * 2 + USE[:20], b"[]\nnull\n1\n" + USE * 2]
)  # fmt: skip
def test_lines_of_use_that_cannot_be_read_are_set_aside_once_and_the_others_count(held: bytes, tmp_path: Path) -> None:
    file = tmp_path / "uses.jsonl"
    file.write_bytes(held)
    said: list[str] = []
    assert UseCounts(file, said.append).of("semantic/a.md").times == 2
    again = UseCounts(file, said.append)
    again.used("semantic/a.md", False)
    assert (again.of("semantic/a.md").times, again.of("semantic/a.md").helped) == (3, 2)
    assert len(said) == 1 and str(file) in said[0]
    assert (tmp_path / "uses.jsonl.damaged").read_bytes() == held


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_counts_of_use_are_begun_anew_beside_what_is_no_file(make: object, tmp_path: Path) -> None:
    make(tmp_path / "uses.jsonl")  # type: ignore[operator]
    said: list[str] = []
    uses = UseCounts(tmp_path / "uses.jsonl", said.append)
    uses.used("semantic/a.md", True)
    assert uses.of("semantic/a.md").times == 1
    assert len(said) == 1
