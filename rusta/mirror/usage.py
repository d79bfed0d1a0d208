"""Which items of its dependencies a workspace uses, and where: from its lock, its imports and the paths in its sources.

The sources are read as tokens, so code in macros and attributes counts as well; imports hold for their whole file. Paths
are those that the workspace writes, from the name of the library on, whatever a manifest or an import calls it. The work
is linear in the sources, which are bounded. Not covered: names that an own module passes on (`pub use rand::Rng`), types
of method calls (a call counts for every used type or trait that has such a method), and `#[macro_use]`.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rusta.library.crate_sources import LockedCrate, locked_crates
from rusta.library.source_files import FolderFiles
from rusta.library.use_paths import COMMENT, use_leaves
from rusta.tools.manifest import root_of

MOST_SOURCES_READ = 20_000
LARGEST_SOURCE_READ = 2_000_000  # bytes
MOST_BYTES_READ = 1 << 27
MOST_SITES_KEPT = 50  # of one item
MOST_PATHS = 50_000  # of one crate
DEEPEST_ALIAS = 8  # imports of imports
STANDARD = ("std", "core", "alloc")
SKIPPED_PARTS = frozenset(("vendor", "target"))

TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*+|/\*.*?(?:\*/|\Z)|(?:br|cr|r)(?P<marks>\#*)".*?(?:"(?P=marks)|\Z)
        |[bc]?"(?:\\.|[^"\\])*+(?:"|\Z)|b?'(?:\\[^\n]{1,12}?|[^'\\\n])')
    |(?P<use>(?<![\w.:$'\#])use\s++(?=[\w:{*])[^;]*+(?:;|\Z))
    |(?P<extern>(?<![\w.:$'\#])extern\s++crate\s++(?P<crate>\w++)(?:\s++as\s++(?P<as>\w++))?)
    |\.\s*+(?P<call>[a-z_]\w*+)(?=\s*+(?:::\s*<|\())
    |(?P<path>(?<![\w$'])(?:(?<=\.\.)|(?<!\.))(?:::\s*+)?(?:r\#)?[^\W\d]\w*+(?:\s*+::\s*+(?:r\#)?[^\W\d]\w*+)*+)""",
    re.VERBOSE | re.DOTALL,
)


CratePath = tuple[str, tuple[str, ...]]
"""A crate's name in the lock, and a path from its library's name on."""


@dataclass
class _FileUse:
    """What one file takes of one crate."""

    lasts: set[str] = field(default_factory=set)  # last names of the items that it uses
    globs: set[str] = field(default_factory=set)


@dataclass
class WorkspaceUsage:
    """The items used of each crate, by the name in the lock, then by path; and what else tells that an item is used."""

    items: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)  # the crate of each library's name
    calls: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # name of a method: file: sites
    names: dict[str, dict[str, str]] = field(default_factory=dict)  # file with a glob: name: its first site
    files: dict[str, dict[str, _FileUse]] = field(default_factory=dict)  # crate: file

    def sites(self, path: str) -> list[str]:
        """Return where the item of a public path may be used: by this path, by one below it, or as a method.

        A method counts where a file calls one of its name and uses the type or the trait that has it.
        """
        crate = self.libraries.get(path.partition("::")[0])
        if crate is None:
            return []
        known = self.items.get(crate, {})
        found = list(known.get(path, ()))
        below = f"{path}::"
        found += [site for used, sites in known.items() if used.startswith(below) for site in sites]
        owner, _, name = path.rpartition("::")
        within = owner.rpartition("::")[2]
        for file, use in self.files.get(crate, {}).items():
            if within in use.lasts or any(one == owner.rpartition("::")[0] for one in use.globs if within):
                found += self.calls.get(name, {}).get(file, ())
            if owner in use.globs and name in self.names.get(file, {}):
                found.append(self.names[file][name])
        return list(dict.fromkeys(found))[:MOST_SITES_KEPT]


def used_items(workspace: Path) -> dict[str, dict[str, list[str]]]:
    """Return the items that a workspace uses of its direct dependencies: crate, path, sites as `FILE:LINE`.

    Raises `UnreadableLock`.
    """
    return workspace_usage(workspace).items


def workspace_usage(workspace: Path) -> WorkspaceUsage:
    """Read the sources of a workspace. Raises `UnreadableLock`."""
    root = root_of(workspace)
    crates = {name: one for one in locked_crates(workspace) if one.direct and not one.own for name in _called(one)}
    reading = _Reading(crates)
    for file, text in _sources(FolderFiles(root)):
        reading.file(file, text)
    return reading.usage


def _called(crate: LockedCrate) -> Iterator[str]:
    yield from (crate.library, crate.name.replace("-", "_"), *crate.names)


def _sources(files: FolderFiles) -> Iterator[tuple[str, str]]:
    left = MOST_BYTES_READ
    paths = [one for one in files.paths() if one.endswith(".rs") and not SKIPPED_PARTS & set(one.split("/")[:-1])]
    for path in paths[:MOST_SOURCES_READ]:
        content = files.read(path, min(LARGEST_SOURCE_READ, max(0, left)))
        if content is not None:
            left -= len(content)
            yield path, content.decode("utf-8", "replace")


@dataclass
class _Reading:
    crates: Mapping[str, LockedCrate]
    usage: WorkspaceUsage = field(default_factory=WorkspaceUsage)

    def file(self, file: str, text: str) -> None:
        """Read one file: first its imports, then the paths and names that they explain."""
        starts, paths, calls = [0], list[tuple[str, int]](), list[tuple[str, int]]()
        starts += [found.end() for found in re.finditer("\n", text)]
        aliases, imports = dict[str, tuple[str, ...]](), list[tuple[tuple[str, ...], bool, int]]()
        for found in TOKEN.finditer(text):
            kind = found.lastgroup
            if kind == "path":
                paths.append((found["path"], found.start()))
            elif kind == "use":
                for path, alias in use_leaves(COMMENT.sub(" ", found["use"].partition("use")[2]).lstrip(": \n\t")):
                    imports.append((path, alias == "*", found.start()))
                    if alias not in ("*", "_"):
                        aliases.setdefault(alias, path)
            elif kind == "extern":
                aliases.setdefault(found["as"] or found["crate"], (found["crate"],))
            elif kind == "call":
                calls.append((found["call"], found.start("call")))
        whole = self._resolver(aliases)

        def site(at: int) -> str:
            return f"{file}:{bisect_right(starts, at)}"

        globs = False
        for path, is_glob, at in imports:
            if named := whole(path):
                self._put(named, site(at), file, is_glob)
                globs = globs or is_glob
        names = self.usage.names.setdefault(file, {}) if globs else {}
        known = {*aliases, *self.crates, *STANDARD}
        for said, at in paths:
            head = said.removeprefix("::").partition("::")[0].strip().removeprefix("r#")
            if head not in known:
                if globs and len(names) < MOST_PATHS and head not in names:
                    names[head] = site(at)
                continue
            path = tuple(part.strip().removeprefix("r#") for part in said.split("::") if part.strip())
            if named := whole(path) if len(path) > 1 or path[0] in aliases else None:
                self._put(named, site(at), file, False)
                if len(path) > 1 and path[-1][0].islower():  # `StdRng::seed_from_u64`, which is a method of a trait
                    calls.append((path[-1], at))
            elif globs and len(names) < MOST_PATHS:
                names.setdefault(path[0], site(at))
        for name, at in calls:
            sites = self.usage.calls.setdefault(name, {}).setdefault(file, [])
            if len(sites) < MOST_SITES_KEPT:
                sites.append(site(at))

    def _resolver(self, aliases: Mapping[str, tuple[str, ...]]) -> Callable[[Sequence[str]], CratePath | None]:
        def whole(path: Sequence[str]) -> CratePath | None:
            """The crate and the path from its library's name on; None for what is of no dependency."""
            path = tuple(path)
            for _ in range(DEEPEST_ALIAS):
                alias = aliases.get(path[0])
                if alias is None or alias[0] == path[0]:
                    break
                path = (*alias, *path[1:])
            if len(path) == 1 and path[0] in aliases and len(aliases[path[0]]) > 1:
                path = aliases[path[0]]
            if path[0] in STANDARD:
                return "std", ("std", *path[1:])
            crate = self.crates.get(path[0])
            return (crate.name, (crate.library, *path[1:])) if crate else None

        return whole

    def _put(self, named: CratePath, site: str, file: str, is_glob: bool) -> None:
        crate, parts = named
        path = "::".join(parts)
        self.usage.libraries[parts[0]] = crate
        use = self.usage.files.setdefault(crate, {}).setdefault(file, _FileUse())
        use.lasts.update(parts[1:])
        if is_glob:
            use.globs.add(path)
            path += "::*"
        known = self.usage.items.setdefault(crate, {})
        if path in known or len(known) < MOST_PATHS:
            sites = known.setdefault(path, [])
            if len(sites) < MOST_SITES_KEPT and site not in sites[-1:]:
                sites.append(site)
