"""How long the comparison of two trees of a real repository takes, one process each time and nothing warm but the disk."""

import subprocess
import sys
import time
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.mirror.commit_files import CommitFiles, ObjectReader, listed_tree
from rusta.mirror.repository_packages import packages
from rusta.mirror.workspace_changes import changed_apis

UPSTREAMS = {"tokio": ("tokio-rs+tokio/repo", 3.0), "burn": ("tracel-ai+burn/repo", 8.0)}
APART = 100  # commits


def tree_changes(repository: Path, old: str, new: str) -> int:
    """Compare two commits; return how many changes there are."""
    with ObjectReader(repository) as objects:
        before, after = (CommitFiles(listed_tree(repository, one), objects, one) for one in (old, new))
        return len(changed_apis(before, after, packages(before), packages(after)).changes())


def upstream_folders(upstreams: Path) -> dict[str, Path]:
    """The repository of each upstream that is there, by its name. Raises `ConfigError` where none is."""
    found = dict[str, Path]()
    for name, (path, _) in UPSTREAMS.items():
        places = (upstreams / path, upstreams / name, upstreams / f"{name}.git")
        repository = next((one for one in places if one.is_dir()), None)
        if repository is None:
            print(f"{name}: left out, there is no {upstreams / path}", file=sys.stderr)
        else:
            found[name] = repository
    if not found:
        raise ConfigError(
            f"There is no upstream in {upstreams}: expected {', '.join(path for path, _ in UPSTREAMS.values())}."
        )
    return found


def speed_figures(upstreams: Path, rounds: int) -> dict[str, object]:
    """The seconds of the comparison over 100 commits, of each upstream that is there, cold and warm."""
    found = dict[str, object]()
    for name, repository in upstream_folders(upstreams).items():
        asked = UPSTREAMS[name][1]
        listing = ["git", "-C", str(repository), "rev-list", "--first-parent", f"-{APART + 1}", "HEAD"]
        told = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
        words = [sys.executable, "-m", "benchmarks.mirror.trees", str(repository), told[-1], told[0]]
        times, changes, inner = list[float](), 0, list[float]()
        for _ in range(rounds):
            began = time.perf_counter()
            ran = subprocess.run(words, capture_output=True, text=True, check=True)
            times.append(time.perf_counter() - began)
            changes, seconds = int(ran.stdout.split()[0]), float(ran.stdout.split()[1])
            inner.append(seconds)
        found |= {
            f"{name}_cold_s": round(times[0], 2), f"{name}_warm_s": round(min(times), 2), f"{name}_compare_s": round(min(inner), 2),
            f"{name}_asked_s": asked, f"{name}_changes": changes,
        }  # fmt: skip
    return found


if __name__ == "__main__":
    start = time.perf_counter()
    count = tree_changes(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    print(count, f"{time.perf_counter() - start:.3f}")
