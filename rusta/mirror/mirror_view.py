"""What is told of mirrors: plain facts for JSON and for the terminal. Nothing here changes a mirror."""

import difflib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from rusta.core.errors import ConfigError, RustaError
from rusta.mirror.commit_files import LARGEST_FILE, CommitFiles
from rusta.mirror.commits import MirrorCommit, PathChange
from rusta.mirror.mirrors import Mirrors, MirrorUpdate
from rusta.mirror.repository import opened_mirror
from rusta.mirror.upstream import Upstream


class NoSuchFile(RustaError):
    """A state of a mirror has no such file."""


@dataclass(frozen=True)
class MirrorView:
    """Reads the mirrors of a home."""

    mirrors: Mirrors

    def listed(self) -> list[dict[str, Any]]:
        """Return each mirror that is here: what it is of, its states, what it takes, and what is wrong with it."""
        return [self._one(name) for name in self.mirrors.here()]

    def _one(self, name: str) -> dict[str, Any]:
        folder, note = self.mirrors.home.mirrors / name, self.mirrors.records.note(name)
        facts: dict[str, Any] = {
            "name": name,
            "folder": str(folder),
            "size": self.mirrors.size(name),
            "asked": note.asked,
            "brought": note.brought,
        }
        try:
            upstream = self.mirrors.upstream(name)
            with opened_mirror(folder) as repository:
                newest, reflected = repository.newest, repository.reflected
                waits = bool(newest) and newest != reflected
                facts |= {"commits": len(repository.commits(reflected, newest)) if waits else 0,
                          "files": len(repository.changed_paths(reflected, newest)) if waits else 0}  # fmt: skip
        except RustaError as error:
            return {**facts, "address": "", "follows": "", "newest": "", "reflected": "", "commits": 0, "files": 0, "waits": False,
                    "trouble": str(error)}  # fmt: skip
        return {**facts, "address": upstream.address, "follows": upstream.follows, "newest": newest, "reflected": reflected,
                "waits": waits, "trouble": "" if newest else "it was not brought yet"}  # fmt: skip

    def status(self) -> dict[str, Any]:
        """Return what waits to be reflected, and what the mirrors take on the disk."""
        found = self.listed()
        return {
            "mirrors": found, "waiting": [one["name"] for one in found if one["waits"]], "size": sum(one["size"] for one in found),
            "most": self.mirrors.most, "in_all": self.mirrors.in_all, "trouble": [one["name"] for one in found if one["trouble"]],
            "over": [one["name"] for one in found if one["size"] > self.mirrors.most],
        }  # fmt: skip

    def update_facts(self, update: MirrorUpdate) -> dict[str, Any]:
        """Return what an update came to."""
        upstream = self.mirrors.upstream(update.name)
        laid_out = asdict(update.laid_out) if update.laid_out else None
        return {
            "name": update.name, "address": update.address, "followed": update.followed, "before": update.before, "newest": update.newest,
            "reflected": update.reflected, "new": update.new, "waits": update.newest != update.reflected,
            **_differences(upstream, update.commits, update.changes), "laid_out": laid_out, "notes": update.notes,
        }  # fmt: skip

    def changes(self, name: str, since: str | None, heard: Callable[[str], None] | None = None) -> dict[str, Any]:
        """Return the commits and the changed files between a state and the newest."""
        found, upstream = self.mirrors.changes(name, since, heard), self.mirrors.upstream(name)
        return {"name": name, "address": upstream.address, "since": since or "reflected", "old": found.old, "new": found.new,
                **_differences(upstream, found.commits, found.changes)}  # fmt: skip

    def shown(self, name: str, revision: str, said: str) -> dict[str, Any]:
        """Return a file of a state, or an item of it (`PATH::ITEM`). Raises `NoSuchFile`."""
        folder, upstream = self.mirrors.must_be_here(name), self.mirrors.upstream(name)
        path, _, item = said.partition("::")
        with opened_mirror(folder) as repository:
            files = repository.files(repository.resolve(revision, upstream.release or ""))
            known = files.listing.files.get(path)
            if known and known.size > LARGEST_FILE:
                raise NoSuchFile(
                    f"{name}@{revision} {path} has {known.size} bytes. I read files of at most {LARGEST_FILE} bytes."
                )
            content = files.read(path, LARGEST_FILE)
            if content is None:
                raise NoSuchFile(_missing(name, revision, path, files))
            line, text = _item(files, path, item) if item else (1, content.decode("utf-8", "replace"))
            return {
                "name": name,
                "revision": revision,
                "commit": files.commit,
                "path": path,
                "item": item,
                "line": line,
                "text": text,
            }


def _item(files: CommitFiles, path: str, item: str) -> tuple[int, str]:
    """Return where an item of a file begins, and its signature and documentation."""
    from rusta.library.source_items import crate_contents

    parts = path.split("/")
    folders = ["/".join(parts[:n]) for n in range(len(parts) - 1, -1, -1)]
    package = next((at for at in folders if (f"{at}/Cargo.toml" if at else "Cargo.toml") in files.listing.files), None)
    if package is None or not path.endswith(".rs"):
        raise ConfigError(f"{path} belongs to no package of this state, so it has no items that I can read.")
    inner = path[len(package) + 1 :] if package else path
    items = [one for one in crate_contents(files.below(package), own=True).items if one.file == inner]
    found = [one for one in items if one.path == item or one.path.endswith(f"::{item}")]
    if not found:
        near = difflib.get_close_matches(item, [one.path.rpartition("::")[2] for one in items], 5, 0.5)
        listed = near or [one.path.rpartition("::")[2] for one in items[:8]]
        raise NoSuchFile(
            f"{path} has no item {item}. It has: {', '.join(dict.fromkeys(listed)) or 'none that I can read'}."
        )
    first = found[0]
    told = [
        f"{path}:{first.line}  {first.path}",
        first.signature,
        *([first.deprecated] if first.deprecated else []),
        "",
        first.docs,
    ]
    return first.line, "\n".join(told).rstrip()


def _missing(name: str, revision: str, path: str, files: CommitFiles) -> str:
    listing = files.listing
    if path in listing.refused:
        return f"{name}@{revision} {path} is no file that I read: {listing.refused[path]}."
    below = sorted(
        {
            one[len(path.rstrip("/")) + 1 :].partition("/")[0]
            for one in listing.files
            if one.startswith(f"{path.rstrip('/')}/")
        }
    )
    if below:
        return (
            f"{name}@{revision} {path} is a folder. In it: {', '.join(below[:20])}{' ...' if len(below) > 20 else ''}"
        )
    last = path.rpartition("/")[2]
    near = [one for one in listing.files if one.rpartition("/")[2] == last][:3] or difflib.get_close_matches(
        path, listing.files, 3, 0.6
    )
    hint = f"Near it: {', '.join(near)}" if near else f"Its folders: rusta mirror show {name}@{revision} src"
    return f"{name}@{revision} has no file {path}. {hint}"


def _differences(upstream: Upstream, commits: list[MirrorCommit], changes: list[PathChange]) -> dict[str, Any]:
    rows = [
        {**asdict(one), "kind": str(upstream.kind(one.path))}
        for one in changes
        if not upstream.counted.ignores(one.path)
    ]
    kinds = Counter(row["kind"] for row in rows)
    return {"commits": [asdict(one) for one in commits], "changes": rows, "kinds": dict(kinds.most_common())}
