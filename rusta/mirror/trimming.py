"""Keep mirrors within a bound on the disk: the oldest history goes first, the newest and the understood state never."""

from collections.abc import Callable
from dataclasses import dataclass

from rusta.core.home import in_bytes, whole_file
from rusta.mirror.repository import NEWEST, REFLECTED, MirrorRepository

MOST_PACKS = 24  # of objects; more are put together
SECONDS = 3600.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trimmed:
    """What trimming came to: bytes on the disk, and the number of commits that are held."""

    size: int
    commits: int


def trim(repository: MirrorRepository, most: int, say: Say) -> Trimmed | None:
    """Drop the older half of a mirror's history until it takes at most `most` bytes; None where nothing was to be done.

    The caller holds the lock. Where one commit alone takes more, that is said, and it stays.
    """
    size, commits = repository.size(), held_commits(repository)
    if size <= most:
        if len(list((repository.git_dir / "objects/pack").glob("*.pack"))) > MOST_PACKS:
            _pack(repository)
        return None
    _pack(repository)  # what nothing refers to any more
    size = repository.size()
    while size > most and commits > 1:
        commits = max(1, commits // 2)
        say(
            f"{repository.folder.name} takes {in_bytes(size)}, and may take {in_bytes(most)}: I keep its newest {commits} commits."
        )
        cut(repository, commits)
        size = repository.size()
    if size > most:
        say(f"{repository.folder.name} takes {in_bytes(size)} with one commit alone; it may take {in_bytes(most)}. "
            "It stays. Lay out less of it (`only` of its option), or: rusta mirror remove NAME")  # fmt: skip
    return Trimmed(size, commits)


def held_commits(repository: MirrorRepository) -> int:
    """Return the number of commits that a mirror holds of the history it follows."""
    return int(repository.git("rev-list", "--count", NEWEST).stdout) if repository.newest else 0


def oldest_commit_time(repository: MirrorRepository) -> int:
    """Return when the oldest commit that is held was made, in seconds since 1970, as it says itself."""
    ran = repository.git("rev-list", "--timestamp", NEWEST)
    return min((int(line.split()[0]) for line in ran.stdout.splitlines()), default=0)


def cut(repository: MirrorRepository, commits: int) -> None:
    """Keep the newest commits of what is followed, and the understood state; older ones and their tags are removed."""
    listed = repository.git("rev-list", "--parents", f"--max-count={commits}", NEWEST).stdout.decode().splitlines()
    parents = {line.split()[0]: line.split()[1:] for line in listed}
    shallow = repository.git_dir / "shallow"
    before = set(shallow.read_text().split()) if shallow.is_file() else set[str]()
    ends = {oid for oid, above in parents.items() if oid in before or not parents.keys() >= set(above)}
    refs = repository.refs()
    marks = {refs.get(REFLECTED, ""), repository.laid_out} - {"", *parents}
    gone = [ref for ref, oid in refs.items() if ref not in (NEWEST, REFLECTED) and oid not in parents]
    repository.git("update-ref", "--stdin", stdin="".join(f"delete {ref}\n" for ref in gone).encode())
    with whole_file(shallow) as out:
        out.write("".join(f"{oid}\n" for oid in sorted(ends | marks)).encode())
    _pack(repository)


def _pack(repository: MirrorRepository) -> None:
    repository.git("repack", "-a", "-d", "-q", seconds=SECONDS)
    repository.git("prune", "--expire=now", seconds=SECONDS)
