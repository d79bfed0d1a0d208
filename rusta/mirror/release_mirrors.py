"""Mirrors of crates by their releases (`crate:rand`): which version was understood last, which is the newest, and both states.

The sources lie where cargo keeps them and are not copied; kept is a small record for each crate. Offline, the newest release is
the newest whose sources are on this machine.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.derived_files import recalled
from rusta.core.home import Home, write_atomically
from rusta.core.network import Network
from rusta.core.output import now
from rusta.mirror.changed_files import ChangedFiles
from rusta.mirror.compared_states import ComparedStates, MirrorState
from rusta.mirror.mirrors import AlreadyThere, NoMirror
from rusta.mirror.registry_index import CRATE_NAME, version_order
from rusta.mirror.releases import CRATE, CrateUpstream, NoRelease, locked_releases

LARGEST = 1 << 16  # bytes of a record
MOST_ADDED = 500  # crates of a lock


@dataclass(frozen=True)
class ReleaseRecord:
    """What is kept of a crate: versions, and when the registry was asked last (UTC, "" for never)."""

    reflected: str
    newest: str
    asked: str = ""


@dataclass(frozen=True)
class ReleaseMirrors:
    """All mirrors of crates of a home. Names begin with `crate:`."""

    home: Home
    network: Network

    @property
    def folder(self) -> Path:
        """Where the records lie."""
        return self.home.mirrors / ".rusta" / "crates"

    def here(self) -> list[str]:
        """Return the names of the crates that were added."""
        names = (file.stem for file in self.folder.glob("*.json"))
        return sorted(f"{CRATE}{name}" for name in names if CRATE_NAME.fullmatch(name))

    def record(self, name: str) -> ReleaseRecord:
        """Return what is kept of a crate. Raises `NoMirror`."""
        found = recalled(self._file(name), lambda raw: ReleaseRecord(**json.loads(raw)), LARGEST)
        if found is None:
            known = ", ".join(self.here()) or "none"
            raise NoMirror(
                f"There is no mirror {name!r}. Of crates there are: {known}. Another: rusta mirror add {name}"
            )
        return found

    def add(self, name: str, since: str | None = None) -> ReleaseRecord:
        """Add a crate. `since` is the version that counts as understood; else the newest one here does.

        Raises `AlreadyThere`, `NoRelease`, `DoorShut`.
        """
        upstream = self._upstream(name)
        if name in self.here():
            raise AlreadyThere(
                f"There is a mirror {name}. Update it: rusta mirror update {name}. Away with it: rusta mirror remove {name}"
            )
        newest = self._newest(upstream)
        if since:
            upstream.files(since)
        record = ReleaseRecord(since or newest, newest, now() if self.network.online else "")
        self._keep(name, record)
        return record

    def add_locked(self, workspace: Path) -> list[str]:
        """Add the crates that a workspace names in its manifests, at the versions of its lock; return those that are new.

        Raises `UnreadableLock`.
        """
        known, added = set(self.here()), list[str]()
        for one in [one for one in locked_releases(workspace) if one.direct][:MOST_ADDED]:
            name = f"{CRATE}{one.name}"
            if name in known:
                continue
            known.add(name)
            upstream = self._upstream(name)
            here = [release.version for release in upstream.releases() if release.root and not release.preliminary]
            newest = max(
                [one.locked, *(self._newest(upstream) for _ in range(self.network.online)), *here], key=version_order
            )
            self._keep(name, ReleaseRecord(one.locked, newest, now() if self.network.online else ""))
            added.append(name)
        return added

    def update(self, name: str) -> ReleaseRecord:
        """Ask the registry for a newer release, where the network is open; else look at what cargo has brought meanwhile."""
        record = replace(self.record(name), newest=self._newest(self._upstream(name)))
        record = replace(record, asked=now()) if self.network.online else record
        self._keep(name, record)
        return record

    def waits(self, name: str) -> bool:
        """Whether there is a release newer than the one that was understood last."""
        record = self.record(name)
        return version_order(record.newest) > version_order(record.reflected)

    @contextmanager
    def states(self, name: str, since: str | None) -> Iterator[ComparedStates]:
        """Yield the release that was understood last (or `since`) and the newest. Raises `NoRelease`, `DoorShut`."""
        record, crate = self.record(name), self._upstream(name).name
        yield compared_releases(crate, self.network, since or record.reflected, record.newest)

    def mark_reflected(self, name: str, revision: str) -> None:
        """Keep which release was understood last."""
        self._keep(name, replace(self.record(name), reflected=revision))

    def lock(self, name: str) -> Path:
        """The file that a process holds while it reflects on this crate."""
        return self._file(name).with_suffix(".reflecting")

    def remove(self, name: str) -> None:
        """Forget a crate; its sources stay where cargo keeps them."""
        self.record(name)
        self._file(name).unlink(missing_ok=True)

    def listed(self) -> list[dict[str, Any]]:
        """Return each crate with its versions, as the list of mirrors shows them."""
        return [{"name": name, **asdict(self.record(name)), "waits": self.waits(name)} for name in self.here()]

    def _newest(self, upstream: CrateUpstream) -> str:
        if self.network.online:
            return upstream.update().version
        here = [one for one in upstream.releases() if one.root is not None]
        if not here:
            upstream.files(upstream.newest().version)  # says what brings it
        return next((one.version for one in here if not one.preliminary), here[0].version)

    def _upstream(self, name: str) -> CrateUpstream:
        if not name.startswith(CRATE):
            raise NoRelease(f"{name!r} is no crate. Say it as {CRATE}{name}")
        return CrateUpstream(name.removeprefix(CRATE), self.network)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name.removeprefix(CRATE)}.json"

    def _keep(self, name: str, record: ReleaseRecord) -> None:
        write_atomically(self._file(name), json.dumps(asdict(record)))


def compared_releases(crate: str, network: Network, old: str, new: str) -> ComparedStates:
    """Return two releases of a crate, to be compared. Raises `NoRelease`, `DoorShut`."""
    upstream = CrateUpstream(crate, network)
    before, after = (MirrorState(version, upstream.files(version)) for version in (old, new))
    return ComparedStates(crate, before, after, (), ChangedFiles(before.files, after.files))
