"""What already lies where contents are kept is read before it is relied on: it may be the only copy of a person's file."""

import hashlib
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from rusta.tools.patch import Damaged, EditHistory, EditRefused
from rusta.tools.patch.journal import EditJournal

from .conftest import LIB, git, seen

Open = Callable[..., EditHistory]


def loose(root: Path, data: bytes = LIB) -> Path:
    """Where git keeps these bytes."""
    name = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return root / ".git/objects" / name[:2] / name[2:]


def put(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def gone(path: Path) -> Path:
    path.unlink()
    return path


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: put(path, b""),
    "cut": lambda path: put(path, path.read_bytes()[:-9]),
    "cut at the checksum": lambda path: put(path, path.read_bytes()[:-4]),
    "zeros": lambda path: put(path, bytes(path.stat().st_size)),
    "followed by something": lambda path: put(path, path.read_bytes() + b"\0"),
    "another object": lambda path: put(path, zlib.compress(b"blob 5\0other")),
    "far too large": lambda path: put(path, zlib.compress(b"blob 30000000\0" + bytes(30_000_000))),
    "a pipe": lambda path: os.mkfifo(gone(path)),
    "a link": lambda path: gone(path).symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_of_git_is_not_relied_on(damage: str, repository: Path, opened: Open) -> None:
    before, history = seen(repository), opened(repository)
    DAMAGES[damage](loose(repository))
    history.apply({"src/lib.rs": b"hers\n"}, "one")
    with suppress(EditRefused):
        history.undo()
    assert seen(repository) == before
    assert not git(repository, "fsck", "--strict", "--no-dangling")


def test_a_damaged_pack_is_not_relied_on(repository: Path, opened: Open) -> None:
    git(repository, "gc", "-q")
    pack = next((repository / ".git/objects/pack").glob("*.pack"))
    raw = pack.read_bytes()
    put(pack, raw[:12] + bytes(byte ^ 0x55 for byte in raw[12:-20]) + raw[-20:])
    before, history = seen(repository), opened(repository)
    history.apply({"src/lib.rs": b"hers\n"}, "one")
    history.undo()
    assert seen(repository) == before


@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "followed by something", "a pipe", "a link"])
def test_a_damaged_file_of_her_own_folder_is_not_relied_on(
    damage: str, plain: Path, opened: Open, tmp_path: Path
) -> None:
    before, history = seen(plain), opened(plain)
    history.apply({"src/lib.rs": b"hers\n"}, "one")
    history.undo()
    sha = hashlib.sha256(LIB).hexdigest()
    DAMAGES[damage](next((tmp_path / "home/undo").glob(f"*/contents/{sha[:2]}/{sha[2:]}")))
    history.apply({"src/lib.rs": b"hers, again\n"}, "two")
    with suppress(EditRefused):
        history.undo()
    assert seen(plain) == before


def test_what_git_has_written_is_on_disk_before_it_is_relied_on(
    repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git does not sync loose objects by itself: one that is read well now may be empty after a power cut."""
    synced, real = set(), os.fsync

    def fsync(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    kept = loose(repository).stat().st_ino
    opened(repository).apply({"src/lib.rs": b"hers\n"}, "one")
    assert kept in synced and loose(repository).stat().st_ino == kept


@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "another object"])
def test_what_was_damaged_afterwards_is_said_and_nothing_is_touched(
    damage: str, repository: Path, opened: Open
) -> None:
    history = opened(repository)
    history.apply({"src/lib.rs": b"hers\n"}, "one")
    DAMAGES[damage](loose(repository))
    with pytest.raises(Damaged, match=r"What /undo needs is (gone|damaged)"):
        history.undo()
    assert (repository / "src/lib.rs").read_bytes() == b"hers\n"
    put(loose(repository), zlib.compress(b"blob %d\0" % len(LIB) + LIB))
    history.undo()
    assert (repository / "src/lib.rs").read_bytes() == LIB


def test_a_broken_off_edit_whose_way_back_is_damaged_says_how_to_go_on(
    repository: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    history = opened(repository)
    with monkeypatch.context() as killed:  # all swapped, nothing counted, and nobody puts anything back
        killed.setattr(EditJournal, "done", broken_off)
        killed.setattr(EditHistory, "_recover", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            history.apply({"src/lib.rs": b"hers\n"}, "one")
    history.close()
    DAMAGES["empty"](loose(repository))
    with pytest.raises(Damaged, match=r"'src/lib\.rs'.*go on: rm \S+/intent") as refused:
        opened(repository)
    Path(str(refused.value).rpartition(" rm ")[2]).unlink()
    assert opened(repository).steps() == []
    assert (repository / "src/lib.rs").read_bytes() == b"hers\n"


def kept_files(folder: Path, name: str) -> list[Path]:
    return [path for path in (folder / "undo").rglob(name) if path.is_file()]


@pytest.mark.parametrize("harm", ["empty", "random", "deep", "folder", "pipe"])
@pytest.mark.parametrize("name", ["00000001.json", "content"])
def test_a_damaged_file_of_the_way_back_is_refused_by_name_and_left_where_it_is(
    name: str, harm: str, tmp_path: Path
) -> None:
    root, home = tmp_path / "crate", tmp_path / "home"
    root.mkdir()
    (root / "a.rs").write_bytes(b"before\n")
    with EditHistory.open(root, home) as history:
        history.apply({"a.rs": b"after\n"}, "one")
    found = kept_files(home, name) or [path for path in kept_files(home, "*") if path.read_bytes() == b"before\n"]
    file = found[0]
    if harm in ("folder", "pipe"):
        file.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo}[harm](file)
    else:
        file.chmod(0o600)
        file.write_bytes({"empty": b"", "random": os.urandom(40), "deep": b"[" * 200_000}[harm])
    with pytest.raises(Damaged) as refusal, EditHistory.open(root, home) as history:
        history.undo()
    assert str(file) in str(refusal.value) or file.name in str(refusal.value)
    assert os.path.lexists(file) and (root / "a.rs").read_bytes() == b"after\n"


@pytest.mark.parametrize("name", ["holder", "making"])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_stands_in_the_place_of_a_passing_file_of_the_way_back_stops_nothing(
    make: Callable[[Path], None], name: str, tmp_path: Path
) -> None:
    root, home = tmp_path / "crate", tmp_path / "home"
    root.mkdir()
    (root / "a.rs").write_bytes(b"before\n")
    with EditHistory.open(root, home) as history:
        history.apply({"a.rs": b"after\n"}, "one")
    (folder,) = (home / "undo").iterdir()
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    with EditHistory.open(root, home) as history:
        history.undo()
    assert (root / "a.rs").read_bytes() == b"before\n"


def test_an_intent_that_is_no_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "crate").mkdir()
    with EditHistory.open(tmp_path / "crate", tmp_path / "home"):
        pass
    (folder,) = (tmp_path / "home/undo").iterdir()
    os.mkfifo(folder / "intent")
    with pytest.raises(Damaged, match=r"intent.*move \S+ away"):
        EditHistory.open(tmp_path / "crate", tmp_path / "home")
