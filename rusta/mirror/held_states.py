"""The states of a mirror that are on this machine, the oldest first: releases of a crate, or commits of a repository.

Nothing is brought. Of a repository counted are `newest`, `reflected`, what was reflected on before, and the tags that end in a version.
States are ordered by the version of the package that gives the mirror its name, the newest one last; at most `MOST_STATES`.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from rusta.core.derived_files import recalled
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.mirror.commits import MirrorCommit
from rusta.mirror.compared_states import MirrorState
from rusta.mirror.reflection import REFLECTIONS
from rusta.mirror.registry_index import version_order
from rusta.mirror.release_mirrors import ReleaseMirrors
from rusta.mirror.releases import CRATE, CrateUpstream
from rusta.mirror.repository import NEWEST, REFLECTED, MirrorRepository, NoRevision, opened_mirror
from rusta.mirror.repository_packages import repository_packages
from rusta.mirror.upstream import NAME, TAGS

MOST_STATES = 8
MOST_TAGS = 24  # that are looked at
MOST_COMMITS_HELD = 300
VERSION_TAG = re.compile(r"(?:.{0,200}[-_/])?v?(\d{1,6}\.\d{1,6}(?:\.\d{1,6})?(?:-[0-9A-Za-z.]{1,40})?)")


@dataclass(frozen=True)
class HeldStates:
    """`label` is what stands in anchors (`rand@0.10.0:...`); `commits` are the newest of the history held, none of a crate."""

    mirror: str
    states: tuple[MirrorState, ...]
    commits: tuple[MirrorCommit, ...] = ()

    @property
    def label(self) -> str:
        """The mirror's name without `crate:`."""
        return self.mirror.removeprefix(CRATE)


def mirrors_held(home: Home) -> list[str]:
    """Return the names of the mirrors that have a state on this machine, repositories first."""
    folders = sorted(home.mirrors.iterdir()) if home.mirrors.is_dir() else []
    found = [one.name for one in folders if NAME.fullmatch(one.name) and not one.is_symlink()]
    found = [name for name in found if MirrorRepository(home.mirrors / name).exists]
    return [*found, *ReleaseMirrors(home, Network(online=False)).here()]


def held_stamp(home: Home, mirror: str) -> str:
    """Return what is another one whenever other states are held; cheap beside reading them. Raises `NoMirror`."""
    if mirror.startswith(CRATE):
        said = _versions(home, mirror)
    else:
        refs = MirrorRepository(home.mirrors / mirror).refs()
        said = [f"{ref} {oid}" for ref, oid in refs.items() if ref in (NEWEST, REFLECTED) or ref.startswith(TAGS)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


@contextmanager
def held_states(home: Home, mirror: str) -> Iterator[HeldStates]:
    """Yield the states of a mirror. Raises `NoMirror`, `DamagedRepository`."""
    if mirror.startswith(CRATE):
        upstream = CrateUpstream(mirror.removeprefix(CRATE), Network(online=False))
        yield HeldStates(mirror, tuple(MirrorState(one, upstream.files(one)) for one in _versions(home, mirror)))
        return
    with opened_mirror(home.mirrors / mirror) as repository:
        states = _marked(repository, home, mirror)
        newest = states[-1].revision if states else ""
        commits = repository.commits("", newest, MOST_COMMITS_HELD) if newest else []
        yield HeldStates(mirror, states, tuple(commits))


def _versions(home: Home, mirror: str) -> list[str]:
    record = ReleaseMirrors(home, Network(online=False)).record(mirror)
    upstream = CrateUpstream(mirror.removeprefix(CRATE), Network(online=False))
    named = (record.newest, record.reflected)
    here = [one.version for one in upstream.releases() if one.root and (not one.preliminary or one.version in named)]
    kept = sorted(here, key=version_order)[-MOST_STATES:]
    return [record.reflected, *kept[1:]] if record.reflected in here and record.reflected not in kept else kept


def _marked(repository: MirrorRepository, home: Home, mirror: str) -> tuple[MirrorState, ...]:
    refs = repository.refs() if repository.exists else {}
    newest = refs.get(NEWEST, "")
    if not newest:
        return ()
    tags = [
        (named[1], ref) for ref in refs if ref.startswith(TAGS) if (named := VERSION_TAG.fullmatch(ref[len(TAGS) :]))
    ]
    tags.sort(key=lambda one: version_order(one[0]), reverse=True)
    first = dict.fromkeys([refs.get(REFLECTED, ""), *_reflected_before(repository, home, mirror)])
    others = dict.fromkeys([*first, *(refs[ref] for _, ref in tags[:MOST_TAGS])])
    last = MirrorState(newest, repository.files(newest))
    end, found = version_order(_version(last, mirror)), list[tuple[object, bool, MirrorState]]()
    for commit in others:
        if commit and commit != newest:
            state = MirrorState(commit, repository.files(commit))
            if (at := version_order(_version(state, mirror))) <= end:
                found.append((at, commit in first, state))
    found.sort(key=lambda one: one[0])  # type: ignore[arg-type, return-value]
    while len(found) >= MOST_STATES:
        found.remove(next((one for one in found if not one[1]), found[0]))
    return (*(state for _, _, state in found), last)


def _reflected_before(repository: MirrorRepository, home: Home, mirror: str) -> list[str]:
    """The commits that earlier reflections of the mirror began and ended at, the latest first, as far as they are held."""
    cycles = recalled(home.mirrors / REFLECTIONS, json.loads) or []
    said = [one for cycle in reversed(cycles) if cycle.get("mirror") == mirror for one in (cycle["new"], cycle["old"])]
    held = list[str]()
    for one in list(dict.fromkeys(said))[:MOST_STATES]:
        with suppress(NoRevision):
            held.append(repository.resolve(one))
    return held


def _version(state: MirrorState, mirror: str) -> str:
    """The version of the package with the mirror's name, else of the first one."""
    packages = repository_packages(state.files)
    named = next((one for one in packages if one.name == mirror), next(iter(packages), None))
    said = named.said("version")[0] if named else None
    return said if isinstance(said, str) else "0.0.0"
