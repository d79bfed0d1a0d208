"""Rewrite the journals' git history without given content: export, filter the stream, import into a new repository.

A new repository holds only what the stream contains, so no unreachable object, reflog or old index needs cleaning up.
The old repository is replaced in one step (`home.whole_folder`); leftovers of a killed run are removed by the next.

Not covered: what was pushed elsewhere, linked work trees, and commit hashes noted elsewhere: they change.
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rusta.core import git_runner
from rusta.core.home import whole_folder
from rusta.memory.storage import git_index
from rusta.memory.storage.git import SETTINGS, GitRefused, HistoryWaits
from rusta.memory.storage.history import JournalHistory

KEPT = ("HEAD", "config", "description", "info", "hooks")
"""Parts of the old repository to copy: configuration that contains no text of entries."""
MESSAGE = b"Something was forgotten"
HOUR = 3600
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass
class _Item:
    """A command of a fast-export stream. `data` is a blob's content or a message; None if there is none."""

    head: list[bytes]
    data: bytes | None = None
    tail: list[bytes] = field(default_factory=list)

    @property
    def kind(self) -> bytes:
        return self.head[0].split(b" ", 1)[0]

    @property
    def mark(self) -> bytes:
        return next((line[5:] for line in self.head if line.startswith(b"mark ")), b"")


def rewrite(history: JournalHistory, names: Collection[str], change: Callable[[bytes], bytes]) -> None:
    """Drop every file with these names, and apply `change` to all other contents and messages. Call under the lock.

    Raises `HistoryWaits`; the history is then unchanged.
    """
    folder = history.git.folder
    clear(history)
    if not folder.exists():
        return
    history.git.branch()
    stream = history.git.run(
        "fast-export", "--all", "--signed-tags=strip", "--tag-of-filtered-object=drop", "--reencode=no", patience=HOUR
    )
    new = rewritten(stream, {name.encode() for name in names}, change)
    with whole_folder(folder) as making:
        _git(history, making, "init", "--quiet", "--template=")
        for name in KEPT:
            with suppress(FileNotFoundError):
                if (folder / name).is_dir():
                    shutil.copytree(folder / name, making / name, dirs_exist_ok=True)
                else:
                    shutil.copy2(folder / name, making / name)
        _git(history, making, "fast-import", "--quiet", "--done", "--force", "--date-format=raw", stdin=new + b"done\n")
        _git(history, making, "fsck", "--no-dangling", "--no-progress")
    with suppress(HistoryWaits):  # the index only serves a person's `git status`; the history does not need it
        git_index.make_anew(history.git)


def clear(history: JournalHistory) -> None:
    """Remove what a killed rewrite left beside the repository, and repositories set aside as damaged."""
    folder = history.git.folder
    aside = [one for one in folder.parent.glob(f".{folder.name}.*") if re.fullmatch(r"\.\.git\.\d+(\.old)?", one.name)]
    old = [one for one in aside if one.name.endswith(".old")]
    if old and not folder.exists():  # killed between two renames, where folders cannot be exchanged atomically
        old[0].rename(folder)
    for one in (*aside, *folder.parent.glob(".git-broken-*")):
        shutil.rmtree(one, ignore_errors=True)


def rewritten(stream: bytes, names: Collection[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Filter a fast-export stream: drop the files with these names, and blobs that are no longer referenced."""
    items = list(_parsed(stream))
    used: set[bytes] = set()
    for item in items:
        if item.kind == b"commit":
            kept = [line for line in item.tail if _path(line) not in names]
            if item.data is not None:
                item.data = change(item.data) if len(kept) == len(item.tail) else MESSAGE
            item.tail = kept
            used |= {line.split(b" ", 3)[2] for line in kept if line.startswith(b"M ")}
        elif item.data is not None:
            item.data = change(item.data)
    out = []
    for item in items:
        if item.kind == b"blob" and item.mark not in used:
            continue
        out += [b"%b\n" % line for line in item.head]
        if item.data is not None:
            out.append(b"data %d\n%b\n" % (len(item.data), item.data))
        out += [b"%b\n" % line for line in item.tail]
        out += [b"\n"] if item.kind == b"commit" else []
    return b"".join(out)


def _parsed(stream: bytes) -> Iterator[_Item]:
    """Yield every command. After a commit's data come its parents and files, up to the next command."""
    at, item = 0, None
    while at < len(stream):
        end = stream.find(b"\n", at)
        end = len(stream) if end < 0 else end
        line, at = stream[at:end], end + 1
        if line.startswith(b"data ") and item is not None and item.data is None:
            size = int(line[5:])
            item.data, at = stream[at : at + size], at + size
            at += stream[at : at + 1] == b"\n"
        elif item is not None and line and _belongs(item, line):
            (item.head if item.data is None else item.tail).append(line)
        elif line:
            if item is not None:
                yield item
            item = _Item([line])
    if item is not None:
        yield item


def _belongs(item: _Item, line: bytes) -> bool:
    word = line.split(b" ", 1)[0]
    if item.kind == b"commit" and item.data is not None:
        return word in {b"from", b"merge", b"M", b"D", b"R", b"C", b"N", b"deleteall"}
    return word in {b"mark", b"original-oid", b"author", b"committer", b"tagger", b"from", b"encoding"}


def _path(line: bytes) -> bytes | None:
    """Return the path of a file command (M or D) of a commit, unquoted; None for other lines."""
    words = line.split(b" ", 3)
    said = words[3] if words[0] == b"M" else line[2:] if words[0] == b"D" else None
    if said is None or not said.startswith(b'"'):
        return said
    return ESCAPED.sub(lambda one: _letter(one[1]), said[1:-1])


def _letter(said: bytes) -> bytes:
    return bytes([int(said, 8)]) if len(said) == 3 else LETTERS.get(said, said)


def _git(history: JournalHistory, folder: Path, *words: str, stdin: bytes = b"") -> None:
    """Run git in another repository (`folder`) on the journals folder. Raises `HistoryWaits`."""
    root = history.store.root
    fds = (history.lock,) if history.lock is not None else ()
    try:
        done = git_runner.run(
            *words, folder=root, git_dir=folder, stdin=stdin, settings=SETTINGS, pass_fds=fds, seconds=HOUR
        )
    except git_runner.GitError as error:
        raise GitRefused(root, str(error)) from None
    if done.returncode:
        raise GitRefused(root, (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["?"])[0])
