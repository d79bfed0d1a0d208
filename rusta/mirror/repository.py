"""A mirror: a git repository with the newest state of an upstream, and a mark at the state that was understood.

`refs/rusta/newest` is the state brought last, `refs/rusta/reflected` the one understood last. States are compared tree
against tree, so neither needs to be an ancestor of the other: a shallow clone, a force push, a renamed branch and a
squashed history change nothing. The newest state is laid out as a work tree. Whoever changes a mirror holds its lock
(`mirror_lock`); a git that outlives its killed parent holds it too.

Only what is followed is brought, to the depth that is asked for: of an upstream's other refs nothing. Tags become
references where their commit lies in what was brought.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess

from rusta.core import git_runner
from rusta.core.errors import RustaError
from rusta.mirror.commit_files import (
    OID,
    CommitFiles,
    DamagedRepository,
    ObjectReader,
    TreeListing,
    listed_tree,
    with_links,
)
from rusta.mirror.commits import MirrorCommit, PathChange, changes_between, parsed_commit
from rusta.mirror.upstream import HEADS, REF_NAME, TAGS, Upstream

NEWEST, REFLECTED, INCOMING = "refs/rusta/newest", "refs/rusta/reflected", "refs/rusta/incoming"
FETCH_SECONDS = 3600
MOST_COMMITS = 1_000  # that are listed
LONGEST_MESSAGE = 1 << 16  # bytes of a commit object that is read
MOST_REFS = 200_000  # of an upstream
LEFTOVERS = (
    "**/*.lock",
    "packed-refs.new",
    "shallow_*",
    ".shallow.*",
    "objects/pack/tmp_*",
    "objects/pack/.tmp-*",
    "objects/??/tmp_obj_*",
    "objects/tmp_objdir-*",
    "rusta-index*",
)
FULL = ("No space left on device", "File too large", "Disk quota exceeded", "signal 25")
GitLines = Callable[[str], None]


class NoUpstream(RustaError):
    """The upstream cannot be reached, or is no repository."""


class NoRevision(RustaError):
    """A mirror holds no such state."""


class NotBrought(RustaError):
    """Fetching failed for a reason on this machine, such as a full disk; nothing was changed."""


@dataclass(frozen=True)
class OfferedRefs:
    """What an upstream has: branches and tags with their commits, and which branch is its default ("": none)."""

    refs: Mapping[str, str]
    default: str


@dataclass
class MirrorRepository:
    """A mirror's repository in `folder`, which need not exist yet. `lock` is an open file that its git processes hold."""

    folder: Path
    lock: int | None = None
    _listings: dict[str, TreeListing] = field(default_factory=dict, repr=False)

    @property
    def git_dir(self) -> Path:
        """Git's own folder."""
        return self.folder / ".git"

    @property
    def exists(self) -> bool:
        """Whether it was created."""
        return (self.git_dir / "HEAD").is_file() and (self.git_dir / "objects").is_dir()

    @cached_property
    def objects(self) -> ObjectReader:
        """What reads its objects. Ended by `close`."""
        return ObjectReader(self.git_dir)

    def close(self) -> None:
        """End the process that reads objects, if there is one."""
        if "objects" in self.__dict__:
            self.objects.close()

    def create(self) -> None:
        """Create the repository, or complete one whose creation was interrupted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--template=", str(self.folder), git_dir=False)
        for key, value in (("core.autocrlf", "false"), ("core.symlinks", "false"), ("core.logAllRefUpdates", "false")):
            self.git("config", key, value)
        info = self.git_dir / "info"
        info.mkdir(exist_ok=True)
        # The work tree holds the bytes of the blobs: no line endings, keywords or encodings are converted.
        (info / "attributes").write_text("* -text -ident -filter !eol !working-tree-encoding !diff !merge\n")

    def clear(self) -> None:
        """Remove the lock files and partial files of killed git processes. Only the holder of the mirror's lock may do this.

        Those of a git that somebody runs in the mirror's work tree at that moment are removed as well.
        """
        for pattern in LEFTOVERS:
            for file in self.git_dir.glob(pattern):
                with suppress(OSError):
                    file.unlink()

    # What it holds

    def refs(self) -> dict[str, str]:
        """Return its references with the commits (for an annotated tag: the commit behind it)."""
        ran = self.git("for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)")
        rows = [line.split("\0") for line in ran.stdout.decode("utf-8", "replace").splitlines()]
        return {row[0]: row[2] or row[1] for row in rows if len(row) == 3}

    @property
    def newest(self) -> str:
        """The commit that was brought last, "" where there is none."""
        return self.refs().get(NEWEST, "") if self.exists else ""

    @property
    def reflected(self) -> str:
        """The commit that was understood last, "" where there is none."""
        return self.refs().get(REFLECTED, "") if self.exists else ""

    @property
    def laid_out(self) -> str:
        """The commit whose files are in the work tree, "" where there is none."""
        ran = self.tried("rev-parse", "--verify", "--quiet", "HEAD")
        return ran.stdout.decode().strip() if ran.returncode == 0 else ""

    def resolve(self, revision: str, prefix: str = "") -> str:
        """Return the commit of a revision: `newest`, `reflected`, a tag, a version with or without its prefix, a hash.

        Raises `NoRevision`.
        """
        refs = self.refs() if self.exists else {}
        names = [f"refs/rusta/{revision}", *(f"{TAGS}{one}{revision}" for one in ("", prefix, "v"))]
        if found := next((refs[name] for name in names if name in refs), None):
            return found
        if refs and re.fullmatch(r"[0-9a-f]{7,64}", revision):
            ran = self.tried("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            if ran.returncode == 0:
                return ran.stdout.decode().strip()
        tags = sorted(ref.removeprefix(TAGS) for ref in refs if ref.startswith(TAGS))
        there = ", ".join(["newest", "reflected", *tags[-6:]])
        raise NoRevision(
            f"{self.folder.name} holds no state {revision!r}. It holds: {there}, and hashes of its commits."
        )

    def files(self, revision: str) -> CommitFiles:
        """Return the files of a state (a revision as in `resolve`). Raises `NoRevision`, `DamagedRepository`."""
        commit = revision if OID.fullmatch(revision) else self.resolve(revision)
        if commit not in self._listings:
            self._listings[commit] = with_links(listed_tree(self.git_dir, commit), self.objects)
        return CommitFiles(self._listings[commit], self.objects, commit)

    def commits(self, old: str, new: str, most: int = MOST_COMMITS) -> list[MirrorCommit]:
        """Return the commits that `new` has and `old` has not, newest first, as far back as the history held goes."""
        wanted = [new, *([f"^{old}"] if old else [])]
        ran = self.git("rev-list", f"--max-count={most}", "--stdin", stdin="\n".join(wanted).encode() + b"\n")
        found = []
        for oid in ran.stdout.decode().split():
            raw = self.objects.read(oid, LONGEST_MESSAGE)
            found.append(parsed_commit(oid, raw))
        return found

    def changed_paths(self, old: str, new: str) -> list[PathChange]:
        """Return the files that differ between two states, by path. A file that only moved is one change."""
        before, after = (
            {path: one.oid for path, one in self.files(at).listing.files.items()} if at else {} for at in (old, new)
        )
        return changes_between(before, after)

    def size(self) -> int:
        """Return what it takes on the disk, in bytes."""
        return size_of(self.folder)

    # What an upstream has, and bringing it

    def offered(self, upstream: Upstream) -> OfferedRefs:
        """Ask an upstream for its branches and tags. Raises `NoUpstream`."""
        named = ["--symref"] if upstream.branch is None and upstream.release is None else ["--heads", "--tags"]
        address = _address(upstream)
        ran = self.tried("ls-remote", *named, "--", address, protocols=(upstream.protocol,))
        if ran.returncode:
            raise NoUpstream(_unreachable(upstream, ran))
        refs, default = dict[str, str](), ""
        for line in ran.stdout.decode("utf-8", "replace").split("\n")[:MOST_REFS]:
            what, _, ref = line.partition("\t")
            if ref == "HEAD" and what.startswith("ref: "):
                default = what.removeprefix("ref: ")
            elif ref.startswith((HEADS, TAGS)) and OID.fullmatch(what):
                refs[ref.removesuffix("^{}")] = what  # of an annotated tag the commit comes after the tag itself
            elif ref == "HEAD" and OID.fullmatch(what) and not default:
                default = ref  # a detached one
                refs[ref] = what
        return OfferedRefs(refs, default)

    def fetch(self, upstream: Upstream, refspec: str, depth: int, heard: GitLines | None = None) -> None:
        """Fetch one reference. Raises `NoUpstream`, `NotBrought`, `DamagedRepository`; a failed fetch changes nothing."""
        words = ("--force", f"--depth={depth}", "--progress" if heard else "--quiet", "--", _address(upstream), refspec)
        ran = self.tried("fetch", *words, protocols=(upstream.protocol,), seconds=FETCH_SECONDS, heard=heard)
        if ran.returncode == 0:
            return
        said = _said(ran)
        if ran.returncode == -25 or any(one in said for one in FULL):
            raise NotBrought(f"The disk is full, or a file grew larger than it may ({self.folder}): {upstream.address} could not be "
                             "brought, and the mirror is as it was. Make room, and run the same command again.")  # fmt: skip
        if trouble := self.damage():
            raise DamagedRepository(trouble)
        raise NoUpstream(_unreachable(upstream, ran))

    def bring(self, upstream: Upstream, ref: str, depth: int, heard: GitLines | None = None) -> str:
        """Fetch what is followed, and return its commit; references are not moved yet (`move`)."""
        self.fetch(upstream, f"+{ref}:{INCOMING}", depth, heard)
        return self.commit_of(INCOMING)

    def commit_of(self, name: str) -> str:
        """Return the commit behind a reference or a hash. Raises `DamagedRepository` where that cannot be read."""
        ran = self.git("rev-parse", "--verify", f"{name}^{{commit}}")
        return ran.stdout.decode().strip()

    def move(self, newest: str, tags: Mapping[str, str]) -> None:
        """Move the mark of the newest state, and set the tags whose commits are here.

        The first state is also the one that later ones are compared with: `reflected` is set where it is not.
        """
        there = self.refs()
        lines = [f"update {NEWEST} {newest}", *([] if REFLECTED in there else [f"update {REFLECTED} {newest}"])]
        self._transact([*lines, *([f"delete {INCOMING}"] if INCOMING in there else [])])
        with suppress(DamagedRepository):  # a tag whose name is the folder of another's, or that this git does not take
            self._transact([f"update {ref} {oid}" for ref, oid in self._held(tags) if there.get(ref) != oid])

    def mark_reflected(self, commit: str) -> None:
        """Move the mark of the state that was understood."""
        self._transact([f"update {REFLECTED} {self.commit_of(commit)}"])

    def _held(self, tags: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the tags whose commit is in the repository."""
        wanted = [(ref, oid) for ref, oid in tags.items() if ref.startswith(TAGS) and REF_NAME.fullmatch(ref)]
        if not wanted:
            return []
        ran = self.git(
            "cat-file", "--batch-check=%(objecttype)", stdin="".join(f"{oid}\n" for _, oid in wanted).encode()
        )
        kinds = ran.stdout.decode("utf-8", "replace").split("\n")
        return [one for one, kind in zip(wanted, kinds, strict=False) if kind == "commit"]

    def _transact(self, lines: list[str]) -> None:
        self.git("update-ref", "--no-deref", "--stdin", stdin="".join(f"{line}\n" for line in lines).encode())

    # Running git

    def tried(self, *words: str, git_dir: bool = True, **how: object) -> "CompletedProcess[bytes]":
        """Run git in the mirror, and return the completed process, whatever its exit status."""
        held = (self.lock,) if self.lock is not None else ()
        places = {"git_dir": self.git_dir, "work_tree": self.folder} if git_dir else {}
        return git_runner.run(*words, folder=self.folder, pass_fds=held, **places, **how)  # type: ignore[arg-type]

    def git(self, *words: str, git_dir: bool = True, **how: object) -> "CompletedProcess[bytes]":
        """The same; raises `NotBrought` where the disk is full, `DamagedRepository` for any other failure."""
        ran = self.tried(*words, git_dir=git_dir, **how)
        if ran.returncode:
            said = _said(ran)
            if any(one in said for one in FULL) or ran.returncode == -25:
                raise NotBrought(
                    f"The disk is full, or a file grew larger than it may: {self.folder}. Make room, and run it again."
                )
            raise DamagedRepository(f"git {words[0]} fails in {self.folder}: {said}")
        return ran

    def damage(self, thorough: bool = False) -> str:
        """Return what is damaged, "" where nothing is. Reads every object if `thorough`, else what is connected to what."""
        if not self.exists:
            return f"{self.folder} holds no repository."
        deep = [] if thorough else ["--connectivity-only"]
        try:
            ran = self.tried("fsck", "--no-dangling", "--no-progress", "--no-reflogs", *deep, seconds=FETCH_SECONDS)
        except git_runner.GitError as error:
            return str(error)
        return f"{self.folder} is damaged: {_said(ran)}" if ran.returncode else ""


def size_of(folder: Path) -> int:
    """Return what a folder takes on the disk, in bytes; 0 where there is none."""
    return sum(one.lstat().st_blocks * 512 for one in folder.rglob("*")) if folder.is_dir() else 0


@contextmanager
def opened_mirror(folder: Path, lock: int | None = None) -> Iterator[MirrorRepository]:
    """Yield the mirror in a folder, and end what it started."""
    repository = MirrorRepository(folder, lock)
    try:
        yield repository
    finally:
        repository.close()


def _address(upstream: Upstream) -> str:
    """Return the address for git. Raises `NoUpstream` for a folder that is not there."""
    folder = upstream.folder
    if folder is not None and not folder.is_dir():
        raise NoUpstream(
            f"The upstream {folder} is not there. Put it back, or name another: rusta mirror add PATH name=NAME"
        )
    return str(folder) if folder else upstream.address


def _unreachable(upstream: Upstream, ran: "CompletedProcess[bytes]") -> str:
    said = _said(ran)
    if "does not appear to be a git repository" in said or "not a git repository" in said:
        return f"{upstream.address} is no git repository. Name the folder that holds it, or its address: rusta mirror add URL|PATH"
    return f"{upstream.address} cannot be fetched from. git says: {said or f'exit status {ran.returncode}'}"


def _said(ran: "CompletedProcess[bytes]") -> str:
    """Return the lines of git's errors, bounded; among them may be text of the upstream's."""
    text = ran.stderr.decode("utf-8", "replace")
    lines = [
        line.strip()
        for line in re.split(r"[\r\n]+", text)
        if re.match(r"\s*(fatal|error|remote|warning|bad|missing|broken)", line)
    ]
    return " ".join(lines or text.split("\n"))[-400:].strip()
