"""Breaks edits, undos and redos off at every place where they touch the disk, and looks at what is left.

Run as a program, because it forks: `python break_off.py WORKSPACE HOME die|full|interrupt STRIDE`, to try every place or
every so many, or `... random TIMES`.
Forked children tell the kernel's truth: they are killed by SIGKILL, and nothing of Python's is cleaned up.
"""

import errno
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rusta.tools.patch import EditHistory

TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "subprocess.Popen"}
FILES = ("a.rs", "src/lib.rs", "new/deep/c.rs", "latin.txt", "new/d.rs", "run.sh")


def seen(root: Path) -> dict[str, bytes]:
    """Files and links with their bytes, folders without; git's own left out."""
    paths = (path for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)
    return {
        str(path.relative_to(root)): os.fsencode(path.readlink()) if path.is_symlink()
        else path.read_bytes() if path.is_file() else b"/"
        for path in paths
    }  # fmt: skip


def child(work: Callable[[], object]) -> int:
    """What became of a forked child: its status, or minus the signal that ended it."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0)


def break_at(place: int, how: str) -> None:
    """From now on, the touch of that number is the last one, or fails."""
    count = 0

    def touched(event: str, _: object) -> None:
        nonlocal count
        if event in TOUCHES:
            count += 1
            if count == place and how == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            # What cannot be removed on the way is left: an empty folder, no more.
            if count == place and event != "os.rmdir":
                raise OSError(errno.ENOSPC, "No space left on device") if how == "full" else KeyboardInterrupt

    sys.addaudithook(touched)


def everywhere(root: Path, home: Path, how: str, stride: int) -> dict[str, int]:
    """Break each kind of operation off at each place; the places that were tried, by kind."""

    def edit(history: EditHistory) -> None:
        new = dict.fromkeys(FILES[:5], b"new\n" * 50)
        history.apply({**new, "run.sh": None, "here": None}, "many files", modes={"latin.txt": 0o755})

    with EditHistory.open(root, home) as history:
        history.apply({"a.rs": b"one\n", "src/lib.rs": b"one\n"}, "one")
        history.apply({"b/b.rs": b"two\n", "src/lib.rs": None}, "two")
    tried = {}
    for kind, work in {"edit": edit, "undo": lambda h: h.undo("all"), "redo": lambda h: h.redo("all")}.items():
        if kind == "redo":
            with EditHistory.open(root, home) as history:
                history.undo("all")
        before = seen(root), states(root, home)
        place, status, places = random.randrange(1 - stride, 1), 1, 0
        while status != 0:
            place, places = place + stride, places + 1

            def broken(place: int = place, work: Callable[[EditHistory], object] = work) -> None:
                with EditHistory.open(root, home) as history:
                    break_at(place, how)
                    work(history)

            def broken_again(place: int = place) -> None:
                break_at(random.randrange(1, 40), "die")
                EditHistory.open(root, home).close()

            status = child(broken)
            assert status in ((0, -signal.SIGKILL) if how == "die" else (0, 1)), (kind, place, status)
            if how == "die":
                child(broken_again)  # killed while it puts things back, or not
            with EditHistory.open(root, home):
                pass
            now = seen(root), states(root, home)
            if now[1] == before[1]:
                assert now[0] == before[0], (kind, place, set(now[0].items()) ^ set(before[0].items()))
                continue
            with EditHistory.open(root, home) as history:  # it was done, in spite of all: then it is done whole
                history.undo(1) if kind == "edit" else history.redo(2) if kind == "undo" else history.undo("all")
            assert seen(root) == before[0], (kind, place)
            if kind == "edit":
                before = seen(root), states(root, home)
        tried[kind] = places - 1
    return tried


def states(root: Path, home: Path) -> list[str]:
    """What became of each step."""
    with EditHistory.open(root, home) as history:
        return [step.state for step in history.steps()]


def random_moments(root: Path, home: Path, times: int) -> int:
    """Kill a process that edits without end, again and again; how many kills left an edit half made."""
    halves = 0
    for _ in range(times):
        ready, tell = os.pipe()

        def edit_without_end(tell: int = tell) -> None:
            with EditHistory.open(root, home) as history:
                while True:
                    if history.steps():
                        os.write(tell, b".")
                    number = len(history.steps()) + 1
                    gone = {FILES[number % 6]} if number > 1 else set()
                    text = b"%d\n" % number * random.choice((1, 3000))
                    changes = {name: None if name in gone else text for name in FILES}
                    history.apply({n: c for n, c in changes.items() if c or (root / n).exists()}, str(number))
                    if random.random() < 0.3:
                        history.undo()
                        history.redo()

        pid = os.fork()
        if pid == 0:
            try:
                edit_without_end()
            finally:
                os._exit(1)
        os.read(ready, 1)
        time.sleep(random.random() * 0.12)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready), os.close(tell)
        halves += any((home / "undo").glob("*/intent"))
        with EditHistory.open(root, home) as history:
            standing = [step.number for step in history.steps() if step.state == "standing"]
        number = standing[-1] if standing else 0
        if number:
            found = {name: (root / name).read_bytes() for name in FILES if (root / name).exists()}
            assert len(found) >= 5, (number, list(found))
            assert all(set(data.split()) == {b"%d" % number} for data in found.values()), (number, found)
        assert not [name for name in seen(root) if ".rusta-" in name]
    with EditHistory.open(root, home) as history:
        history.undo("all")
    return halves


if __name__ == "__main__":
    root, home, how, number = sys.argv[1:]
    start = seen(Path(root))
    if how == "random":
        print(random_moments(Path(root), Path(home), int(number)))
        assert seen(Path(root)) == start, set(start.items()) ^ set(seen(Path(root)).items())
    else:
        print(everywhere(Path(root), Path(home), how, int(number)))
