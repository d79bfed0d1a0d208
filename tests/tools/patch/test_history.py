"""The way there and the way back, in git and in a plain folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.tools.patch import Conflict, EditHistory, EditRefused, Stale

from .conftest import LIB, seen

Open = Callable[..., EditHistory]


def test_an_edit_and_its_undo_leave_no_trace(workspace: Path, opened: Open) -> None:
    before, history = seen(workspace), opened(workspace)
    history.apply(
        {"src/lib.rs": b"fn a() {}\r\n", "new/deep/b.rs": b"\xff\0", "latin.txt": None, "here": None, "run.sh": b""},
        "It was too long",
    )
    assert (workspace / "src/lib.rs").read_bytes() == b"fn a() {}\r\n"
    assert (workspace / "new/deep/b.rs").read_bytes() == b"\xff\0"
    assert (workspace / "run.sh").stat().st_mode & 0o777 == 0o755
    assert not (workspace / "latin.txt").exists() and not (workspace / "here").is_symlink()
    after = seen(workspace)
    history.undo()
    assert seen(workspace) == before
    history.redo()
    assert seen(workspace) == after


def test_history_outlives_a_restart_and_spans_sessions(workspace: Path, opened: Open) -> None:
    before, first = seen(workspace), opened(workspace, "monday")
    first.apply({"src/lib.rs": b"1"}, "one", "a trade-off", before={"errors": 1})
    first.apply({"a.rs": b"2"}, "two")
    first.undo()
    first.close()
    second = opened(workspace, "tuesday")
    assert [step.state for step in second.steps()] == ["standing", "undone"]
    second.redo()
    second.apply({"a.rs": b"3"}, "three")
    second.close()
    third = opened(workspace)
    assert [(s.number, s.session, s.reason, s.state) for s in third.steps()] == [
        (1, "monday", "one", "standing"), (2, "monday", "two", "standing"), (3, "tuesday", "three", "standing")]  # fmt: skip
    assert (third.steps()[0].trade_off, third.steps()[0].before) == ("a trade-off", {"errors": 1})
    assert [step.number for step in third.undo("all")] == [3, 2, 1]
    assert seen(workspace) == before
    assert [step.number for step in third.redo(2)] == [1, 2]
    assert (workspace / "a.rs").read_bytes() == b"2"


def test_a_new_edit_abandons_what_was_undone_and_it_can_still_be_shown(workspace: Path, opened: Open) -> None:
    history = opened(workspace)
    history.apply({"a.rs": b"first\n"}, "one")
    history.undo()
    history.apply({"a.rs": b"second\n"}, "two")
    assert [step.state for step in history.steps()] == ["abandoned", "standing"]
    assert "+first" in history.diff(1)
    with pytest.raises(EditRefused, match="nothing of mine to redo"):
        history.redo()


def test_what_came_of_a_step_is_noted_later(workspace: Path, opened: Open) -> None:
    history = opened(workspace)
    history.apply({"a.rs": b""}, "one", before=[{"code": "E0382"}])
    assert history.note(1, after=[]).after == []
    history.close()
    assert opened(workspace).steps()[0].after == []
    with pytest.raises(EditRefused, match="no step 7"):
        opened(workspace / "src").note(7, after=[])


def test_a_diff_shows_a_step_or_all_that_stand(workspace: Path, opened: Open) -> None:
    history = opened(workspace)
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()")}, "one")
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()").replace(b"f20()", b"g20()"), "ü.bin": b"\0"}, "two")
    assert "g3" in history.diff(1) and "g20" not in history.diff(1)
    assert "+pub fn g20() {}" in history.diff(2) and "b/ü.bin differ" in history.diff(2)
    whole = history.diff()
    assert whole.count("diff --git a/src/lib.rs b/src/lib.rs") == 1
    assert "-pub fn f3() {}\n+pub fn g3() {}" in whole and "+pub fn g20() {}" in whole
    history.undo()
    assert "g20" not in history.diff()
    history.apply({"run.sh": b"caf\xe9\n"}, "three", modes={"run.sh": 0o644})
    assert "old mode 100755" in history.diff(3) and "+caf\ufffd" in history.diff(3)


def test_a_diff_of_all_leaves_a_persons_edits_out(workspace: Path, opened: Open) -> None:
    history, lib = opened(workspace), workspace / "src/lib.rs"
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()")}, "one")
    lib.write_bytes(lib.read_bytes().replace(b"f10()", b"mine()"))
    history.apply({"src/lib.rs": lib.read_bytes().replace(b"f20()", b"g20()")}, "two")
    whole = history.diff()
    assert "+pub fn g3() {}" in whole and "+pub fn g20() {}" in whole and "+pub fn mine() {}" not in whole


def test_a_persons_edits_elsewhere_in_the_file_survive_an_undo_and_its_redo(workspace: Path, opened: Open) -> None:
    history, lib = opened(workspace), workspace / "src/lib.rs"
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()")}, "one")
    lib.write_bytes(LIB.replace(b"f3()", b"g3()").replace(b"f25()", b"mine()"))
    lib.chmod(0o600)
    with_theirs = seen(workspace)
    history.undo()
    assert lib.read_bytes() == LIB.replace(b"f25()", b"mine()")
    assert lib.stat().st_mode & 0o777 == 0o600
    history.redo()
    assert seen(workspace) == with_theirs


def test_undo_is_refused_over_a_persons_own_later_edit(workspace: Path, opened: Open) -> None:
    history, lib = opened(workspace), workspace / "src/lib.rs"
    history.apply({"a.rs": b""}, "one")
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()"), "b.rs": b"b"}, "two")
    history.apply({"a.rs": b"a"}, "three")
    lib.write_bytes(LIB.replace(b"f3()", b"mine()"))
    before = seen(workspace)
    with pytest.raises(Conflict, match="/undo 3") as refusal:
        history.undo("all")
    assert "mine()" in refusal.value.shown["src/lib.rs"] and "g3()" in refusal.value.shown["src/lib.rs"]
    assert "mine()" in str(refusal.value)
    assert seen(workspace) == before
    assert [step.state for step in history.steps()] == ["standing"] * 3
    history.undo(1)
    lib.write_bytes(LIB.replace(b"f3()", b"g3()"))
    history.undo("all")


def test_redo_is_refused_over_a_persons_own_later_edit(workspace: Path, opened: Open) -> None:
    history, lib = opened(workspace), workspace / "src/lib.rs"
    history.apply({"src/lib.rs": LIB.replace(b"f3()", b"g3()")}, "one")
    history.undo()
    lib.write_bytes(LIB.replace(b"f3()", b"mine()"))
    with pytest.raises(Conflict, match="redo"):
        history.redo()
    assert b"mine" in lib.read_bytes()


@pytest.mark.parametrize(
    "theirs", ["edit", "delete", "link", "binary", "recreate"], ids=lambda what: f"they_{what}_the_file"
)
def test_a_conflict_changes_nothing(workspace: Path, opened: Open, theirs: str) -> None:
    history, file = opened(workspace), workspace / "a.rs"
    if theirs == "recreate":
        file.write_bytes(b"old\n")
        history.apply({"a.rs": None}, "one")
        file.write_bytes(b"theirs\n")
    elif theirs == "binary":
        file.write_bytes(b"\0one")
        history.apply({"a.rs": b"\0two"}, "one")
        file.write_bytes(b"\0three")
    else:
        history.apply({"a.rs": b"hers\n"}, "one")
        history.apply({"a.rs": b"hers again\n"}, "two")
        file.unlink() if theirs in ("delete", "link") else file.write_bytes(b"theirs\n")
        if theirs == "link":
            file.symlink_to("run.sh")
    before = seen(workspace)
    with pytest.raises(Conflict) as refusal:
        history.undo("all")
    assert refusal.value.shown["a.rs"]
    assert seen(workspace) == before


def test_what_a_person_already_took_back_by_hand_is_no_conflict(workspace: Path, opened: Open) -> None:
    history, before = opened(workspace), seen(workspace)
    history.apply({"src/lib.rs": b"hers", "a.rs": b"hers"}, "one")
    (workspace / "src/lib.rs").write_bytes(LIB)
    (workspace / "a.rs").unlink()
    history.undo()
    assert seen(workspace) == before


def test_a_persons_file_in_a_folder_of_hers_keeps_the_folder(workspace: Path, opened: Open) -> None:
    history, theirs = opened(workspace), workspace / "new" / "theirs.rs"
    history.apply({"new/hers.rs": b""}, "one")
    theirs.write_bytes(b"mine")
    history.undo()
    assert theirs.read_bytes() == b"mine" and not (workspace / "new" / "hers.rs").exists()


def test_a_folder_she_made_goes_with_the_last_file_she_deletes_in_it(workspace: Path, opened: Open) -> None:
    history, before = opened(workspace), seen(workspace)
    history.apply({"new/deep/a.rs": b"", "new/deep/b.rs": b""}, "one")
    history.apply({"new/deep/a.rs": None, "new/deep/b.rs": None, "src/lib.rs": None}, "two")
    assert not (workspace / "new").exists() and (workspace / "src").is_dir()
    history.undo("all")
    assert seen(workspace) == before


def test_undo_all_takes_every_folder_of_hers_whichever_step_it_came_with(workspace: Path, opened: Open) -> None:
    start = seen(workspace)
    with opened(workspace) as history:
        history.apply({"new/deep/c.rs": b"one", "new/d.rs": b"one"}, "two folders")
        history.apply({"new/deep/c.rs": None}, "the inner one goes")
        history.apply({"new/deep/c.rs": b"three"}, "and comes back")
        history.apply({"new/d.rs": None}, "the file in the outer one goes")
        history.undo("all")
    assert seen(workspace) == start


def test_an_edit_of_more_files_than_are_open_at_once(workspace: Path, opened: Open) -> None:
    start = seen(workspace)
    files = {f"src/m{number}.rs": b"fn f() {}\n" * number for number in range(150)}
    with opened(workspace) as history:
        history.apply(files, "many")
        assert all((workspace / path).read_bytes() == data for path, data in files.items())
        history.undo()
    assert seen(workspace) == start


def test_a_file_and_a_folder_may_take_each_others_place(workspace: Path, opened: Open) -> None:
    history, before = opened(workspace), seen(workspace)
    history.apply({"run.sh": None, "run.sh/a.rs": b"a"}, "one")
    assert (workspace / "run.sh" / "a.rs").read_bytes() == b"a"
    history.undo()
    assert seen(workspace) == before
    history.redo()
    history.apply({"run.sh/a.rs": None}, "two")
    history.apply({"run.sh": b"again"}, "three")
    history.undo("all")
    assert seen(workspace) == before
    history.redo("all")
    history.undo(3)
    assert seen(workspace) == before


def test_a_file_that_changed_under_her_hands_is_stale(workspace: Path, opened: Open) -> None:
    history, before = opened(workspace), seen(workspace)
    for expected in ({"src/lib.rs": b"what I read"}, {"src/lib.rs": None}):
        with pytest.raises(Stale, match=r"src/lib\.rs"):
            history.apply({"src/lib.rs": b"", "a.rs": b""}, "one", expected=expected)
    with pytest.raises(Stale):
        history.apply({"gone.rs": b""}, "one", expected={"gone.rs": b"was here"})
    assert seen(workspace) == before and history.steps() == []
    history.apply({"src/lib.rs": b"", "a.rs": b""}, "one", expected={"src/lib.rs": LIB, "a.rs": None})


def test_one_at_a_time(workspace: Path, opened: Open, tmp_path: Path) -> None:
    from rusta.tools.patch import Busy

    first = opened(workspace)
    with pytest.raises(Busy, match=r"Another rusta \(process \d+\).*Leave that one"):
        opened(workspace)
    with pytest.raises(Busy):
        EditHistory.open(workspace, tmp_path / "another home")
    first.close()
    opened(workspace)


def test_a_way_back_that_was_tampered_with_is_not_used(plain: Path, opened: Open, tmp_path: Path) -> None:
    from rusta.tools.patch import Damaged

    history = opened(plain)
    history.apply({"src/lib.rs": b"new"}, "one")
    for kept in (tmp_path / "home" / "undo").rglob("contents/*/*"):
        kept.chmod(0o600)
        kept.write_bytes(b"else")
    with pytest.raises(Damaged):
        history.undo()
    history.close()
    record = next((tmp_path / "home" / "undo").rglob("*.json"))
    record.write_text("{")
    with pytest.raises(Damaged, match="not as I wrote it"):
        opened(plain)


def test_bad_numbers_are_refused(workspace: Path, opened: Open) -> None:
    history = opened(workspace)
    with pytest.raises(EditRefused, match="nothing of mine to undo"):
        history.undo()
    history.apply({"a.rs": b""}, "one")
    for number in (0, -1, "some"):
        with pytest.raises(EditRefused, match="number of steps"):
            history.undo(number)
    assert len(history.undo(99)) == 1
    for empty in ({}, {"src/lib.rs": LIB}, {"gone.rs": None}):
        with pytest.raises(EditRefused):
            history.apply(empty, "one")
    with pytest.raises(EditRefused, match="reason"):
        history.apply({"a.rs": b""}, " ")
