"""The write path: whole, recorded with its author, never over a person's words, and clear when it cannot."""

import os
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rusta.memory.entries.amend import CannotAmend
from rusta.memory.entries.entry import BadEntry, Status
from rusta.memory.storage.devlogs import Circle, DevLogs
from rusta.memory.storage.store import CannotRead, CannotWrite, EditedMeanwhile, NoSuchEntry, OutsideJournals


@pytest.fixture
def said() -> list[str]:
    """What she had to say while writing."""
    return []


@pytest.fixture
def journals(tmp_path: Path, said: list[str]) -> DevLogs:
    return DevLogs(tmp_path / "devlogs", say=said.append)


def git(journals: DevLogs, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", journals.root, "-c", "core.quotePath=false", *words], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def log(journals: DevLogs) -> list[str]:
    return git(journals, "log", "--format=%an: %s").splitlines()


def by_hand(journals: DevLogs, path: str, text: str) -> str:
    target = journals.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return path


def test_an_entry_is_written_dated_and_recorded_as_hers(journals: DevLogs, said: list[str]) -> None:
    path = journals.write("semantic", "Ärger: the loan", "It ends at the last use.", tags=["E0502", "nll"],
                          confidence="high", context="pool", repo="depot", when=["E0502"], importance=7)  # fmt: skip
    day = datetime.now().astimezone().date().isoformat()
    assert path == f"semantic/{day[:7]}/{day}_ärger-the-loan.md"
    entry = journals.read(path)
    assert entry.problems == ()
    assert entry.title == "Ärger: the loan"
    assert (entry.tags, entry.text("repo"), entry.when, entry.importance) == (("E0502", "nll"), "depot", ("E0502",), 7)
    assert log(journals) == ["Rusta: semantic: Ärger: the loan"]
    assert git(journals, "status", "--porcelain") == ""
    assert said == []


def test_dreams_and_persons_sign_for_themselves(
    journals: DevLogs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gitconfig").write_text("[user]\nname = Ines <x>\nemail = ines@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    journals.write("lab", "a", "b", author="dream")
    journals.write("lab", "a", "b", author="person")
    assert git(journals, "log", "--format=%an %ae").splitlines() == [
        "Ines x ines@example.org",
        "Rusta, dreaming dream@localhost",
    ]
    assert set(git(journals, "log", "--format=%cn").splitlines()) == {"Rusta"}


def test_the_same_title_twice_is_two_entries(journals: DevLogs) -> None:
    first, second, third = (journals.write("lab", "Same", f"{n}") for n in range(3))
    assert second == first.replace(".md", "-2.md")
    assert third == first.replace(".md", "-3.md")


def test_an_entry_without_a_title_is_named_by_its_first_words(journals: DevLogs) -> None:
    path = journals.write("emotional", "", "That one annoyed me for three hours, and the fix was one apostrophe.")
    assert path.endswith("_that-one-annoyed-me-for-three-hours-and.md")
    assert not journals.read(path).body.startswith("#")


def test_superseding_marks_the_old_and_names_it_in_the_new(journals: DevLogs) -> None:
    old = journals.write("semantic", "E0412", "A missing type is E0412.")
    new = journals.write("semantic", "E0425", "It is E0425.", supersedes=[old])
    assert journals.read(old).status is Status.SUPERSEDED
    assert journals.read(new).supersedes == (old,)
    assert len(log(journals)) == 2, "both in one step"
    newest = by_hand(journals, "semantic/codes.md", "Neither.\n")
    journals.supersede(new, newest)
    assert journals.read(newest).supersedes == (new,)
    assert (journals.root / newest).read_text().endswith("---\nNeither.\n")
    with pytest.raises(Circle, match="already stands in the place"):
        journals.supersede(newest, old)
    with pytest.raises(Circle):
        journals.supersede(old, old)
    with pytest.raises(NoSuchEntry, match="rusta devlog list"):
        journals.supersede(old, "semantic/none.md")


def test_archived_tagged_linked_and_pinned_entries_stay_where_they_are(journals: DevLogs) -> None:
    one, other = journals.write("lab", "one", "1", tags=["a"]), journals.write("lab", "other", "2")
    journals.tag(one, "b", "a", " c ")
    journals.link(other, one)
    journals.pin(one)
    journals.archive(one, author="dream")
    entry = journals.read(one)
    assert (entry.tags, entry.pinned, entry.status) == (("a", "b", "c"), True, Status.ARCHIVED)
    assert journals.read(other).links == (one,)
    assert journals.doctor() == []
    assert [past.author for past in journals.history(one)] == [
        "Rusta, dreaming",
        past_person(journals),
        "Rusta",
        "Rusta",
    ]
    assert journals.version(journals.history(one)[-1]).endswith(b"# one\n\n1\n")


def past_person(journals: DevLogs) -> str:
    return next(author for line in log(journals) if ": Pinned" in line for author in [line.split(": ")[0]])


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ({"journal": "dreams"}, "no journal 'dreams'. There is: episodic, semantic"),
        ({"author": "bob"}, "no author 'bob'"),
        ({"confidence": "sure"}, "There is: high, medium, low"),
        ({"importance": 11}, "not a number from 1 to 10"),
        ({"status": "gone"}, "no status"),
        ({"mood": "blue"}, "`mood` is no key"),
        ({"body": "  \n"}, "its body is empty"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    journals: DevLogs, words: dict[str, str], refused: str
) -> None:
    given = {"journal": "lab", "title": "t", "body": "b", **words}
    with pytest.raises(BadEntry, match=refused):
        journals.write(**given)  # pyrefly: ignore
    assert not journals.root.exists()


# A person's own hand.


def test_a_persons_uncommitted_edit_is_recorded_as_theirs_before_hers(journals: DevLogs) -> None:
    path = journals.write("lab", "mine", "text")
    by_hand(journals, path, (journals.root / path).read_text() + "By hand.\n")
    journals.tag(path, "x")
    assert [past.summary.split(":")[0] for past in journals.history(path)] == ["Added tags x", "By hand", "lab"]
    assert "Rusta" not in journals.history(path)[1].author
    shown = git(journals, "show", "--format=", "--unified=0", "HEAD")
    assert "By hand." not in shown


def test_other_edits_of_a_person_are_not_mixed_into_hers(journals: DevLogs) -> None:
    path = journals.write("lab", "mine", "text")
    by_hand(journals, path, "Replaced.\n")
    by_hand(journals, "semantic/burn-autograd.md", "New, by hand.\n")
    other = journals.write("lab", "other", "text")
    assert git(journals, "show", "--format=", "--name-only", "HEAD").split() == [other]
    assert journals.keep() == 2
    assert log(journals)[0].endswith("By hand: 2 files")
    assert journals.keep() == 0
    assert git(journals, "status", "--porcelain") == ""


def test_a_moved_entry_keeps_its_history_and_a_similar_one_lends_it_none(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "The same words. " * 20)
    similar = journals.write("lab", "one", "The same words. " * 20)
    (journals.root / "semantic").mkdir()
    (journals.root / path).rename(journals.root / "semantic/moved.md")
    journals.keep()
    assert [past.path for past in journals.history("semantic/moved.md")] == ["semantic/moved.md", path]
    assert len(journals.history(similar)) == 1


def test_a_deleted_entry_stays_in_the_history(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "text")
    (journals.root / path).unlink()
    assert journals.keep() == 1
    assert b"text" in journals.version(journals.history(path)[-1])


def test_files_that_were_there_before_the_repository_are_a_persons(journals: DevLogs) -> None:
    path = by_hand(journals, "procedural/clippy-workflow.md", "\r\nMine.\r\n")
    hers = journals.write("lab", "one", "text")
    assert [line.partition(": ")[2] for line in log(journals)] == ["lab: one", f"By hand: {path}"]
    assert git(journals, "show", "--format=", "--name-only", "HEAD").split() == [hers]
    assert (journals.root / path).read_bytes() == b"\r\nMine.\r\n"


def test_what_a_person_wrote_is_read_and_never_reformatted(journals: DevLogs) -> None:
    odd = {
        "lab/bom.md": b"\xef\xbb\xbf---\r\ntags: [a]\r\n---\r\nText",
        "lab/latin.md": b"---\ntags: [\xe9]\n---\n",
        "lab/broken.md": b"---\ntags: [a\n---\n",
        "emotional/deep/down/here.md": b"no frontmatter, no newline",
    }
    for path, raw in odd.items():
        (journals.root / path).parent.mkdir(parents=True, exist_ok=True)
        (journals.root / path).write_bytes(raw)
    (journals.root / ".gitattributes").write_text("* text=auto eol=lf\n*.md filter=shout\n")
    journals.write("lab", "one", "text")
    assert {entry.path for entry in journals.entries()} >= set(odd)
    assert {problem.path for problem in journals.doctor()} == set(odd)
    with pytest.raises(CannotAmend, match="lab/broken"):
        journals.tag("lab/broken.md", "x")
    journals.keep()
    for path, raw in odd.items():
        assert (journals.root / path).read_bytes() == raw
        assert (
            subprocess.run(["git", "-C", journals.root, "cat-file", "blob", f"HEAD:{path}"], capture_output=True).stdout
            == raw
        )


def test_an_entry_edited_since_it_was_read_is_left_alone(journals: DevLogs) -> None:
    old, new = journals.write("lab", "old", "1"), journals.write("lab", "new", "2")
    seen = journals.raw(old)
    by_hand(journals, old, "Rewritten by hand.\n")
    for attempt in (
        lambda: journals.supersede(old, new, seen=seen),
        lambda: journals.rewrite(old, b"mine", seen=seen),
        lambda: journals.change(old, {"status": "archived"}, seen=seen),
    ):
        with pytest.raises(EditedMeanwhile, match="Read it again"):
            attempt()
    assert (journals.root / old).read_text() == "Rewritten by hand.\n"
    assert journals.read(new).supersedes == ()


def test_an_edit_in_the_very_moment_of_replacing_is_not_lost(
    journals: DevLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = journals.write("lab", "old", "1"), journals.write("lab", "new", "2")
    rename = Path.rename

    def edited_just_before(self: Path, target: Path) -> Path:
        if target == journals.root / old and ".kept" not in self.name:
            with target.open("a") as out:
                out.write("A last thought.\n")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", edited_just_before)
    with pytest.raises(EditedMeanwhile, match="The edit stands"):
        journals.supersede(old, new)
    assert (journals.root / old).read_text().endswith("A last thought.\n")
    assert not list(journals.root.rglob(".rusta-*"))


# Many at once.


def test_eight_threads_write_at_once_and_nothing_is_lost(journals: DevLogs) -> None:
    shared = journals.write("lab", "shared", "text")

    def work(n: int) -> None:
        mine = DevLogs(journals.root)
        for k in range(3):
            mine.write("lab", "the same title", f"{n} {k}")
            mine.tag(shared, f"t{n}-{k}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(journals.paths())) == 25
    assert len(journals.read(shared).tags) == 24
    assert len(log(journals)) == 49
    assert git(journals, "status", "--porcelain") == ""


# What the world does.


def test_a_clock_that_goes_backwards_is_said_and_nothing_is_lost(tmp_path: Path, said: list[str]) -> None:
    at = [datetime(2026, 11, 22, 12, tzinfo=UTC)]
    journals = DevLogs(tmp_path / "devlogs", say=said.append, now=lambda: at[0])
    journals.write("lab", "later", "1")
    at[0] -= timedelta(days=400)
    earlier = journals.write("lab", "earlier", "2")
    journals.write("lab", "earlier", "3")
    assert earlier.startswith("lab/2025-10/2025-10-18_")
    assert len(said) == 1
    assert "The clock goes backwards: it says 2025-10-18 12:00, and I wrote at 2026-11-22 12:00" in said[0]
    assert [line.split(": ", 1)[1] for line in log(journals)] == ["lab: earlier", "lab: earlier", "lab: later"]


def test_a_link_out_of_the_journals_is_refused_and_said(journals: DevLogs, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    journals.write("lab", "one", "text")
    (journals.root / "semantic").symlink_to(outside)
    (journals.root / "lab/link.md").symlink_to(outside / "secret.md")
    with pytest.raises(OutsideJournals, match="is a link to"):
        journals.write("semantic", "two", "text")
    with pytest.raises(OutsideJournals, match="I do not write through links"):
        journals.tag("lab/link.md", "x")
    assert [entry.title for entry in journals.entries()] == ["one"]
    assert {problem.path for problem in journals.doctor()} == {"semantic", "lab/link.md"}
    assert list(outside.iterdir()) == [outside / "secret.md"]


@pytest.mark.parametrize(
    "path",
    [
        "../x.md", "/etc/passwd", "lab/../../x", "notes/x.md", "lab", "", "lab/.hidden.md", ".git/config",
        "~nobody-here/x", "lab/\udcff", "lab/x\0y",
    ],
)  # fmt: skip
def test_a_path_that_is_no_entry_is_refused(journals: DevLogs, path: str) -> None:
    with pytest.raises(OutsideJournals):
        journals.read(path)


def test_what_is_no_file_of_text_is_no_entry(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "text")
    os.mkfifo(journals.root / "lab/pipe.md")
    (journals.root / "lab" / os.fsdecode(b"b\xff.md")).write_text("x")
    with pytest.raises(NoSuchEntry):
        journals.read("lab/pipe.md")
    with pytest.raises(OutsideJournals, match="longer than"):
        journals.read(f"lab/{'x' * 400}")
    assert list(journals.paths()) == [path]
    assert [problem.path.encode() for problem in journals.doctor()] == [b"lab/'b\\udcff.md'"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_entry_that_takes_no_reading_is_said_and_stops_no_other(journals: DevLogs) -> None:
    shut, path = journals.write("lab", "one", "text"), journals.write("lab", "two", "text")
    (journals.root / shut).chmod(0)
    with pytest.raises(CannotRead, match="chmod"):
        journals.read(shut)
    assert [entry.path for entry in journals.entries()] == [path]


def test_an_entry_is_named_by_any_path_that_leads_to_it(journals: DevLogs) -> None:
    path = journals.write("lab", "one", "text")
    for name in (path, path.removesuffix(".md"), journals.root / path, Path(path)):
        assert journals.read(name).path == path


def in_a_namespace(tmp_path: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script where it may mount: its own user and mount namespace."""
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives no user namespaces to mount in")
    return subprocess.run(["unshare", "-Urm", "sh", "-ec", script], capture_output=True, text=True, cwd=tmp_path)


WRITE = """
import sys
from rusta.core.errors import RustaError
from rusta.memory.storage.devlogs import DevLogs
journals = DevLogs("{root}", say=lambda sentence: print("said:", sentence))
try:
    for n in range(int(sys.argv[1])):
        print(journals.write("lab", f"entry {{n}}", "borrow " * 3000))
except RustaError as refused:
    print(type(refused).__name__, refused)
"""


def test_a_read_only_home_is_said_clearly(tmp_path: Path, journals: DevLogs, python: Callable[[str], str]) -> None:
    path = journals.write("lab", "one", "text")
    script = tmp_path / "write.py"
    script.write_text(WRITE.format(root=journals.root))
    ran = in_a_namespace(
        tmp_path,
        f"mount --bind {journals.root} {journals.root} && mount -o remount,bind,ro {journals.root}; {python(f'{script} 1')}",
    )
    assert "CannotWrite" in ran.stdout, ran.stderr
    assert "Read-only file system" in ran.stdout
    assert "RUSTA_HOME=PATH" in ran.stdout
    assert [entry.path for entry in journals.entries()] == [path]


def test_a_full_disk_is_said_clearly_and_leaves_nothing_half_written(
    tmp_path: Path, python: Callable[[str], str]
) -> None:
    root = tmp_path / "small" / "devlogs"
    root.parent.mkdir()
    script = tmp_path / "write.py"
    script.write_text(WRITE.format(root=root))
    ran = in_a_namespace(
        tmp_path,
        f"mount -t tmpfs -o size=1500k none {root.parent}; {python(f'{script} 200')}; find {root} -name '.rusta-*'; cp -r {root} out",
    )
    assert "NoRoom" in ran.stdout, ran.stderr
    assert "Make room" in ran.stdout
    written = [line for line in ran.stdout.splitlines() if line.startswith("lab/")]
    assert 5 < len(written) < 200
    after = DevLogs(tmp_path / "out")
    assert {entry.path for entry in after.entries()} >= set(written)
    assert all(len(entry.body) > 20_000 for entry in after.entries())
    after.write("lab", "with room again", "text")
    assert subprocess.run(["git", "-C", after.root, "fsck", "--strict"], capture_output=True).returncode == 0
    assert len(log(after)) == len(list(after.paths()))
    assert after.keep() == 0  # nothing by hand; where the disk ended at git's index, that is made up for here
    assert git(after, "status", "--porcelain") == ""


@pytest.fixture
def python() -> Callable[[str], str]:
    """A shell command that runs this Python, with this package."""
    import sys

    import rusta

    return lambda words: f"PYTHONPATH={Path(rusta.__path__[0]).parent} {sys.executable} {words}"


def test_a_folder_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotWrite, match="RUSTA_HOME=PATH"):
        DevLogs(tmp_path / "file" / "devlogs").write("lab", "a", "b")


def test_a_writer_who_waits_long_for_another_says_so(journals: DevLogs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rusta.memory.storage.store.PATIENCE_S", 0.05)
    heard = threading.Event()
    told: list[str] = []
    other = DevLogs(journals.root, say=lambda sentence: (told.append(sentence), heard.set()))  # pyrefly: ignore
    with journals.store.lock():
        writer = threading.Thread(target=other.write, args=("lab", "later", "text"))
        writer.start()
        assert heard.wait(20)
        assert list(journals.paths()) == []
    writer.join(20)
    assert "Somebody else is writing" in told[0]
    assert [entry.title for entry in journals.entries()] == ["later"]
