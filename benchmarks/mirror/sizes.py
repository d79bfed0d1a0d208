"""How many tokens the facts of a change are, the API's counted, beside the raw diff of the same two commits."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.mirror.trees import APART, upstream_folders
from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.mirror.change_words import change_entry, signatures_beside
from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.commit_files import CommitFiles, ObjectReader, listed_tree
from rusta.mirror.commits import parsed_commit
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.revision_changes import RevisionChanges, revision_changes

PIECE = 200_000  # characters that are counted at once
ASKED = 20


def size_figures(upstreams: Path, count: Callable[[str], int]) -> dict[str, object]:
    """The tokens of facts and of the raw diff over 100 commits, of each upstream that is there."""
    found = dict[str, object]()
    for name, repository in upstream_folders(upstreams).items():
        listing = ["git", "-C", str(repository), "rev-list", "--first-parent", f"-{APART + 1}", "HEAD"]
        told = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
        old, new = told[-1], told[0]
        diff = subprocess.run(["git", "-C", str(repository), "diff", old, new], capture_output=True, check=True).stdout
        of = changes_of(name, repository, old, new, told[:-1])
        api, facts = api_text(of), "\n".join(one.shown for one in of.facts)
        raw, ours = count(diff.decode("utf-8", "replace")), (count(api), count(facts))
        for kind in sorted({one.kind for one in of.facts}):
            some = [one for one in of.facts if one.kind == kind]
            characters = sum(len(one.shown) for one in some)
            print(f"    {name} {kind:<12}{len(some):>5} facts {characters:>8} characters", file=sys.stderr)
        found |= {
            f"{name}_diff_tokens": raw, f"{name}_api_changes": len(of.api), f"{name}_api_tokens": ours[0], f"{name}_facts": len(of.facts),
            f"{name}_fact_tokens": ours[1], f"{name}_smaller": round(raw / max(1, sum(ours)), 1), f"{name}_smaller_asked": ASKED,
        }  # fmt: skip
    return found


def changes_of(name: str, repository: Path, old: str, new: str, commits: list[str]) -> RevisionChanges:
    """Compare two commits of a repository, with the commits between them, as a mirror does."""
    with ObjectReader(repository) as objects:
        before, after = (CommitFiles(listed_tree(repository, one), objects, one) for one in (old, new))
        between = tuple(parsed_commit(one, objects.read(one, 1 << 16)) for one in commits)
        states = MirrorState(old, before), MirrorState(new, after)
        return revision_changes(ComparedStates(name, *states, between, ChangedFiles(before, after)))


def api_text(of: RevisionChanges) -> str:
    """The changes of the API as notes tell them, without their places."""
    lines = list[str]()
    for one in of.api:
        lines += [*change_entry(of, one)][:-1]
        lines += signatures_beside(one, "was", "is")
    return "\n".join(lines)


def counted_by_stand_in(home: Home) -> Callable[[str], int]:
    """Return what counts tokens with the stand-in's vocabulary; where its weights are not here, three and a half characters are one."""
    from benchmarks.mirror.words import stand_in

    woken = stand_in(home)
    if woken is None:
        print("The stand-in is not here: three and a half characters are counted as a token.", file=sys.stderr)
        return lambda text: round(len(text) / 3.5)
    mind = woken
    mind.wake()
    empty = mind.count([Turn(Role.PERSON, "")])

    def count(text: str) -> int:
        pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        return sum(mind.count([Turn(Role.PERSON, piece)]) - empty for piece in pieces)

    return count
