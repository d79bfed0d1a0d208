"""The journals' own git repository: records who wrote what and when, and never touches another repository.

A commit is one stream into `git fast-import`, which rewrites only the trees on the way to the file: 9 ms with
100,000 entries, where `git add --all` takes seconds.

If git is missing, or the repository is broken or busy, entries are written all the same. Unrecorded changes are listed
in `.rusta/waiting.jsonl`, with their author, and are committed at the next write that can.
"""

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from rusta.core.git_runner import owners_setting
from rusta.core.programs import find_program
from rusta.memory.storage import git_index
from rusta.memory.storage.git import ATTRIBUTES, Git, HistoryWaits
from rusta.memory.storage.store import PRIVATE, JournalFolder, NoSuchEntry

PATIENCE_ALL = 3600
"""Timeout in seconds of commands that read every file: a person may have added fifty thousand at once."""

__all__ = ["Author", "HistoryWaits", "JournalChange", "JournalHistory", "Past", "digest"]


class Author(StrEnum):
    """The author of a change."""

    RUSTA = "rusta"
    DREAM = "dream"
    PERSON = "person"


NAMES = {
    Author.RUSTA: ("Rusta", "rusta@localhost"),
    Author.DREAM: ("Rusta, dreaming", "dream@localhost"),
    Author.PERSON: ("A person", "person@localhost"),
}


@dataclass(frozen=True)
class Past:
    """One commit that changed an entry."""

    commit: str
    when: datetime
    author: str
    summary: str
    path: str
    """The path of the entry at that commit."""


@dataclass(frozen=True)
class JournalChange:
    """A change to be recorded: `files` maps each path to the digest of its new content."""

    author: Author
    summary: str
    at: int
    files: Mapping[str, str]
    began: int = 0
    """Start time by the machine's clock, to compare with the times of lock files that a killed git left."""


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file's content, in hex."""
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True)
class JournalHistory:
    """Record and read the journals' history with git. Call every method that writes under the store's lock.

    `lock` is the descriptor of that lock, passed on to git. `say` is called with a sentence when damage was repaired.
    """

    store: JournalFolder
    lock: int | None = None
    say: Callable[[str], None] = lambda _: None

    @property
    def git(self) -> Git:
        """Git on the journals' folder."""
        return Git(self.store.root, self.lock)

    # Recording.

    def intend(self, change: JournalChange) -> None:
        """Append a change to the waiting list before it is made, so that after a crash its author is known."""
        said = {"author": change.author, "summary": change.summary, "at": change.at, "files": dict(change.files)}
        said["began"] = _now()
        with self._waiting_file.open("a", encoding="utf-8") as out:
            out.write("\n" + json.dumps(said) + "\n")  # the leading newline ends a line that a crash cut short

    def waiting(self) -> list[JournalChange]:
        """Return the unrecorded changes, oldest first. A truncated line is skipped: its change was not started."""
        return self._waiting()[0]

    def _waiting(self) -> tuple[list[JournalChange], bool]:
        """Return the unrecorded changes, and whether the list is damaged (foreign lines, or not a regular file)."""
        file, found, damaged = self._waiting_file, [], False
        try:
            if not stat.S_ISREG(file.lstat().st_mode):  # reading a pipe would block
                return [], True
            lines = file.read_bytes().split(b"\n")
        except FileNotFoundError:
            return [], False
        for line in filter(None, lines):
            try:
                said = json.loads(line)
                whose = Author(said["author"])
                found.append(JournalChange(whose, said["summary"], said["at"], dict(said["files"]), said["began"]))
            except (ValueError, KeyError, TypeError, RecursionError):
                damaged |= not line.startswith(b"{")
        return found, damaged

    @property
    def _waiting_file(self) -> Path:
        return self.store.private / "waiting.jsonl"

    def _readable(self) -> list[JournalChange]:
        """Return the unrecorded changes; a damaged list is set aside, and its readable changes are listed again."""
        changes, damaged = self._waiting()
        if damaged:
            aside = self._waiting_file.with_name(f"waiting-damaged-{_now()}-{os.urandom(2).hex()}")
            self._waiting_file.rename(aside)
            for change in changes:
                self.intend(change)
            self.say(
                f"The list of what history does not know yet was damaged and lies in {aside}. "
                "What it no longer says is recorded as yours: rusta devlog doctor mend=true"
            )
        return changes

    def settle(self, *, again: bool = False) -> None:
        """Commit all waiting changes; `again` if some may be committed. Raises `HistoryWaits`; they stay listed."""
        commits, told = [], dict[str, None]()
        for change in self.waiting():
            now = {path: self._said(path) for path in change.files}
            # A file that a person has edited since is left out; `keep` records it as theirs.
            hers = {path: raw for path, raw in now.items() if raw is not None and digest(raw) == change.files[path]}
            if hers and again and all(self._recorded(path) == raw for path, raw in hers.items()):
                told |= dict.fromkeys(hers)
            elif hers:
                commits.append((change, hers))
        self._ready()
        self._commit(commits)
        if told:  # committed by a writer that was killed before or during the update of the index
            with suppress(HistoryWaits):
                if not self._mended():
                    self._stage(told)
        self._nothing_waits()

    def recover(self) -> None:
        """Clean up before writing: after a crash, remove the locks of a dead git and commit the waiting changes.

        Creates the repository if there is none, and records existing files as a person's. Cheap if nothing waits.
        Raises `HistoryWaits`.
        """
        waiting = self._readable()
        if waiting:
            self.store.sweep({path.rpartition("/")[0] for change in waiting for path in change.files})
        begun = self._ready()
        if waiting:
            # We hold the lock, so no git process of ours is running: these lock files are left from a killed one.
            began = min(change.began for change in waiting)
            for name in ("index", "HEAD", self.git.run("symbolic-ref", "HEAD").decode().strip()):
                left = self.git.folder / f"{name}.lock"
                if left.exists() and left.stat().st_mtime >= began - 1:
                    left.unlink()
            self.settle(again=True)
        if begun and next(self.store.paths(), None):
            self.keep()

    def keep(self, path: str | None = None) -> int:
        """Record a person's own edits as theirs: one entry, or all files. Returns the number of files.

        Raises `HistoryWaits`.
        """
        self._ready()
        if self.waiting():
            self.settle(again=True)  # the agent's changes first, or they would be recorded as a person's
        if path is not None:
            raw = self._said(path)
            if raw is None or raw == self._recorded(path):
                return 0
            self._commit([(JournalChange(Author.PERSON, f"By hand: {path}", _now(), {}), {path: raw})])
            return 1
        branch, born = self.git.branch()
        for busy in ("MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD"):
            if (self.git.folder / busy).exists():
                raise HistoryWaits(
                    f"Somebody is in the middle of a merge or rebase in {self.store.root}. Finish it first."
                )
        self.intend(JournalChange(Author.PERSON, "", _now(), {}))  # lets `recover` find our lock files after a crash
        self._mended()
        self.git.run("add", "--all", "--", ".", patience=PATIENCE_ALL)
        self.git.run("update-index", "--split-index")  # one whole index here, so that the next entry only adds to it
        staged = ("diff-index", "--cached", "--no-renames", "--name-only", "-z", "HEAD") if born else ("ls-files", "-z")
        paths = [path for path in self.git.run(*staged).decode("utf-8", "replace").split("\0") if path]
        if paths:
            tree = self.git.run("write-tree").decode().strip()
            message = f"By hand: {paths[0]}" if len(paths) == 1 else f"By hand: {len(paths)} files"
            parents = ("-p", branch) if born else ()
            person = _signed(self._who(Author.PERSON))
            commit = self.git.run("commit-tree", tree, *parents, "-m", message, more=person).decode().strip()
            self.git.run("update-ref", "-m", "by hand", branch, commit, *(() if born else ("0" * len(commit),)))
        self._nothing_waits()
        return len(paths)

    def tidy(self) -> None:
        """Repack the repository and write the commit graph, which keeps queries fast. Raises `HistoryWaits`."""
        self._ready()
        self.intend(JournalChange(Author.RUSTA, "", _now(), {}))
        self.git.run("repack", "-d", "-l", "-q", "--geometric=2", patience=PATIENCE_ALL)
        self.git.run("prune-packed", "-q", patience=PATIENCE_ALL)
        if self.git.branch()[1]:
            self.git.run(
                "commit-graph",
                "write",
                "--reachable",
                "--changed-paths",
                "--split",
                "--no-progress",
                patience=PATIENCE_ALL,
            )
        self._nothing_waits()

    def begin_again(self) -> Path:
        """Set a broken repository aside, unchanged, and create a new one. Returns the path of the old one."""
        aside = self.git.folder.with_name(f".git-broken-{_now()}")
        self.git.folder.rename(aside)
        self._ready()
        return aside

    # Queries.

    def of(self, path: str) -> list[Past]:
        """Return the commits of an entry, latest first, followed across renames. Raises `HistoryWaits`."""
        if not self.git.folder.exists() or not self.git.branch()[1]:
            return []
        found: list[Past] = []
        since = "HEAD"
        while path:
            form = "--format=%H%x1f%aI%x1f%an%x1f%s"
            out = self.git.run("log", "-z", "--no-patch", form, since, "--", path).decode("utf-8", "replace")
            fields = [line.split("\x1f", 3) for line in out.split("\0") if line.strip()]
            found += [
                Past(commit, datetime.fromisoformat(at), author, said, path) for commit, at, author, said in fields
            ]
            since, path = (f"{fields[-1][0]}^", self._called_before(fields[-1][0], path)) if fields else ("", "")
        return found

    def _called_before(self, commit: str, path: str) -> str:
        """Return the earlier name of `path` if `commit` renamed it, else an empty string.

        Not `git log --follow`: that takes any similar entry for an earlier version.
        """
        moved = self.git.run(
            "diff-tree", "-r", "-M", "-z", "--no-commit-id", "--diff-filter=R", "--name-status", commit
        )
        words = moved.decode("utf-8", "replace").split("\0")
        return next((old for old, new in zip(words[1::3], words[2::3], strict=False) if new == path), "")

    def at(self, past: Past) -> bytes:
        """Return the content of an entry at a commit. Raises `NoSuchEntry`."""
        try:
            return self.git.run("cat-file", "blob", f"{past.commit}:{past.path}")
        except HistoryWaits:
            raise NoSuchEntry(f"{past.path} was not there any more in {past.commit[:12]}.") from None

    def trouble(self) -> HistoryWaits | None:
        """Return why the repository is unusable or what is damaged (`GitRefused`), or None. Reads everything."""
        try:
            if self.git.folder.exists():
                self.git.branch()
                no_index = {"GIT_INDEX_FILE": str(self.store.private / "no-index")}  # ignored: it can be rebuilt
                self.git.run("fsck", "--no-dangling", "--no-progress", more=no_index, patience=PATIENCE_ALL)
            elif self.store.root.is_dir():
                self._may_begin()
        except HistoryWaits as why:
            return why
        return None

    # Git commands.

    def _said(self, path: str) -> bytes | None:
        try:
            return self.store.read(path)
        except NoSuchEntry:
            return None

    def _recorded(self, path: str) -> bytes | None:
        try:
            return self.git.run("cat-file", "blob", f"HEAD:{path}")
        except HistoryWaits:
            return None

    def _nothing_waits(self) -> None:
        self._waiting_file.unlink(missing_ok=True)

    def _commit(self, commits: Sequence[tuple[JournalChange, Mapping[str, bytes]]]) -> None:
        """Commit each change, in one stream. The branch moves once, at the end: all commits are recorded or none."""
        if not commits:
            return
        paths = dict.fromkeys(path for _, files in commits for path in files)
        with ThreadPoolExecutor(1) as beside:
            # The index only keeps a person's `git status` clean. Their git may lock it; `keep` corrects it later.
            staged = beside.submit(self._stage, paths)
            for again in (True, False):
                branch, born = self.git.branch()
                said = b"".join(self._stream(branch, born and n == 0, *one) for n, one in enumerate(commits))
                try:
                    self.git.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=said + b"done\n")
                    break
                except HistoryWaits:  # a person's own commit moved the branch: try again from there
                    if not again:
                        raise
        if isinstance(staged.exception(), HistoryWaits):
            with suppress(HistoryWaits):
                self._mended()

    def _stage(self, paths: Iterable[str]) -> None:
        """Add these files to the index. Raises `HistoryWaits`."""
        said = "".join(f"{path}\0" for path in paths)
        self.git.run("update-index", "--add", "-z", "--stdin", stdin=said.encode())

    def mend_index(self) -> bool:
        """Rebuild a damaged index from the last commit; return whether it was damaged. Raises `HistoryWaits`."""
        damaged = git_index.damaged(self.git.folder)
        if damaged:
            git_index.make_anew(self.git)
        return damaged

    def _mended(self) -> bool:
        """Call `mend_index`, and report a repair."""
        mended = self.mend_index()
        if mended:
            self.say(
                f"Git's index in {self.git.folder} was damaged. I set it aside and made it anew from the last commit."
            )
        return mended

    def _stream(self, branch: str, begins: bool, change: JournalChange, files: Mapping[str, bytes]) -> bytes:
        """Return one commit as fast-import input. `begins`: name the parent; later ones in a stream follow it."""
        zone = datetime.now().astimezone().strftime("%z")
        message = (change.summary or "An entry").encode()
        said = [f"commit {branch}\n".encode()]
        said.append(f"author {_named(self._who(change.author))} {change.at} {zone}\n".encode())
        said.append(f"committer {_named(NAMES[Author.RUSTA])} {_now()} {zone}\n".encode())
        said.append(b"data %d\n%b\n" % (len(message), message))
        if begins:
            said.append(f"from {branch}^0\n".encode())
        for path, raw in files.items():
            said.append(b"M 100644 inline %b\ndata %d\n%b\n" % (_quoted(path), len(raw), raw))
        return b"".join(said)

    def _ready(self) -> bool:
        """Make sure the journals' repository exists; return whether it was created now. Raises `HistoryWaits`."""
        begins = not self.git.folder.exists()
        if begins:
            self._may_begin()
            self.git.run("init", "--quiet", "--template=", "--initial-branch=main")
        info = self.git.folder / "info"
        if self.git.folder.is_dir() and not (info / "attributes").exists():
            info.mkdir(exist_ok=True)
            (info / "attributes").write_text(ATTRIBUTES)  # overrides any .gitattributes: no conversion
            with (info / "exclude").open("a") as out:
                out.write(f"/{PRIVATE}/\n.rusta-*\n/.git-broken-*/\n")
        return begins

    def _may_begin(self) -> None:
        """Refuse to create a repository if an enclosing one already tracks these files. Raises `HistoryWaits`."""
        try:
            tracked = self.git.found("ls-files", "-z", "--", ".")
        except HistoryWaits as why:
            if find_program("git") is None:
                raise why from None
            return  # not inside another repository
        if tracked:
            raise HistoryWaits(
                f"Another repository already tracks the journals in {self.store.root}, and I do not put mine inside it. "
                "Untrack them there (git rm -r --cached .), or live elsewhere: RUSTA_HOME=PATH"
            )

    def _who(self, author: Author) -> tuple[str, str]:
        """Return name and e-mail of an author; for a person, those of their git configuration."""
        name, mail = NAMES[author]
        if author is not Author.PERSON:
            return name, mail
        return owners_setting("user.name") or name, owners_setting("user.email") or mail


def _now() -> int:
    return int(time.time())


def _named(who: tuple[str, str]) -> str:
    name, mail = (re.sub(r"[<>\x00-\x1f]", "", part).strip() for part in who)
    return f"{name} <{mail}>"


def _signed(author: tuple[str, str]) -> dict[str, str]:
    name, mail = NAMES[Author.RUSTA]
    return {
        "GIT_AUTHOR_NAME": author[0],
        "GIT_AUTHOR_EMAIL": author[1],
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": mail,
    }


def _quoted(path: str) -> bytes:
    """Quote a path for fast-import, with any bytes escaped."""
    said = path.encode("utf-8", "surrogateescape")
    return b'"%b"' % b"".join(
        b"%c" % byte if 31 < byte < 127 and byte not in b'"\\' else b"\\%03o" % byte for byte in said
    )
