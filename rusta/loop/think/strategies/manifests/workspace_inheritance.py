"""What members inherit and the workspace lacks: an entry of `[workspace.dependencies]`, or a key of `[workspace.package]`.

Cargo names one such key at a time, and all of the workspace are ended together. A dependency is a package of the workspace
itself (by its path), what another member asks for, what the lock has, or the newest on this machine; with `derive` where
the members derive what it exports. A key that differs from one in the table by `-` and `_` or a letter is written as in
the table. A package key has the value of the members that do not inherit it.

Source: the Cargo Book, "Workspaces", the `package` and `dependencies` tables. Not covered: other features, which errors of
the next check ask for, and values that no member has (an author, a licence).
"""

import difflib
import json
import posixpath
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from rusta.library.cached_crates import cached_versions
from rusta.loop.think.hypotheses import Cost, Hypothesis
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.manifests.package_manifests import PackageManifests, path_from
from rusta.tools.cargo_faults import Fault
from rusta.tools.dependency_entries import compatible_with, dependency_value, newest
from rusta.tools.lock_file import LOCK
from rusta.tools.manifest import nested_table
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import toml_key

PRICE = "all members that inherit it get the same version"
SAME = "all members that inherit it have the same value"
FIRST = {"edition": '"2021"', "version": '"0.1.0"', "publish": "false"}  # where no member says otherwise


def workspace_inheritance(situation: Situation) -> Iterator[Hypothesis]:
    """Yield a workspace that has all that its members inherit."""
    errors = [one for one in situation.errors if one.code in (Fault.workspace_dependency, Fault.workspace_key)]
    manifests = PackageManifests(situation)
    root = next((path for path, said in manifests.tables.items() if "workspace" in said), "")
    if not errors or not root:
        return
    shared = nested_table(manifests.tables[root], "workspace", "dependencies")
    lacking: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for path, entry in manifests.entries():
        if entry.inherited and entry.key not in shared:
            lacking.setdefault(entry.key, []).append((path, entry.table))
    rewrites: dict[str, list[Rewrite]] = {}
    said, fetched = list[str](), False
    rows: dict[str, str] = {}
    for key, places in lacking.items():
        if alike := _alike(key, list(shared)):
            for path, table in places:
                rewrites.setdefault(path, []).extend(_key(manifests, path, (*table, key), alike))
            said.append(f"{key} is called {alike} in [workspace.dependencies]")
            continue
        value, why = _value(manifests, root, key, [path for path, _ in places])
        if value:
            rows[key] = value
            fetched = fetched or "path" not in value
            said.append(
                f"{key} is in [workspace.dependencies], from which {', '.join(p for p, _ in places[:3])} takes it: {why}"
            )
    for edit, why in _derived(manifests, root) if rows else ():
        rewrites.setdefault(root, []).extend(edit)
        said.append(why)
    for key, value in _package_keys(manifests, root).items():
        said.append(f"{key} is in [workspace.{key.rpartition('.')[0] or 'lints'}], as members inherit it")
        rewrites.setdefault(root, []).extend(_put(manifests, root, key, value))
    if rows:
        table = ("workspace", "dependencies")
        text = manifests.text(root)
        behind = next((one for one in reversed(text.under(*table)) if one < min(rows)), "[")
        edits = text.put(table, next(iter(sorted(rows))), rows[min(rows)], behind)
        more = "".join(f"{toml_key(key)} = {rows[key]}\n" for key in sorted(rows)[1:])
        rewrites.setdefault(root, []).extend(Rewrite(one.start, one.end, f"{one.text}{more}") for one in edits)
    made = manifests.hypothesis(errors, "; ".join(said), rewrites, PRICE if rows else SAME, Cost.ASKED, fetched)
    if made:
        yield made


def _alike(key: str, known: list[str]) -> str:
    """Return the key of the table that is meant by another spelling, or ""."""
    same = next((one for one in known if one.replace("-", "_") == key.replace("-", "_")), "")
    return same or next(iter(difflib.get_close_matches(key, known, 1, 0.85)), "")


def _key(manifests: PackageManifests, path: str, at: tuple[str, ...], new: str) -> list[Rewrite]:
    """Return the edit that renames a dependency, also where it is written `name.workspace = true`."""
    text = manifests.text(path)
    if at in text.places:
        return text.renamed(at, new)
    place = text.place(*at)
    key = at[-1].encode()
    if place is None or not text.source[place[0] :].startswith(key):
        return []
    return [Rewrite(place[0], place[0] + len(key), toml_key(new))]


def _value(manifests: PackageManifests, root: str, key: str, users: list[str]) -> tuple[str, str]:
    """Return a dependency as the table writes it, and where that is known from."""
    if len(places := manifests.packages.get(key, [])) == 1:
        return dependency_value({"path": path_from(posixpath.dirname(root), places[0])}), "a package of the workspace"
    features = _features(manifests, key, users)
    more = {"features": features} if features else {}
    asked = [one for path, one in manifests.entries() if one.package == key and one.requirement]
    if asked:
        return dependency_value({"version": asked[0].requirement, **more}), "the version that another member asks for"
    locked = [
        one for one in _lock(manifests.situation) if one.get("name") == key and isinstance(one.get("version"), str)
    ]
    if locked:
        version = newest([str(one["version"]) for one in locked])
        return dependency_value({"version": _short(version), **more}), "the version in the lock"
    if cached := cached_versions(key):
        return dependency_value({"version": _short(cached[0].version), **more}), "the newest version on this machine"
    return "", ""


def _derived(manifests: PackageManifests, root: str) -> Iterator[tuple[list[Rewrite], str]]:
    """Yield the edits that turn `derive` on for what the table has without it and its members derive."""
    text = manifests.text(root)
    entries = list(manifests.entries())
    for path, entry in entries:
        if path != root or entry.table != ("workspace", "dependencies") or entry.path:
            continue
        users = [(at, one) for at, one in entries if one.inherited and one.key == entry.key]
        has = {*entry.features, *(feature for _, one in users for feature in one.features)}
        if "derive" in has or _features(manifests, entry.package, [at for at, _ in users]) != ["derive"]:
            continue
        if not (cached := cached_versions(entry.package)):
            continue
        default = nested_table(cached[0].manifest, "features").get("default")
        if entry.defaults and isinstance(default, list) and "derive" in default:
            continue
        at = (*entry.table, entry.key)
        edits = text.appended((*at, "features"), '"derive"') or text.put(at, "features", '["derive"]')
        yield edits, f"{entry.key} has the feature derive there, as members derive what it exports"


def _features(manifests: PackageManifests, key: str, users: list[str]) -> list[str]:
    """Return `derive` if a member derives what it imports from the crate, and the crate has such a feature."""
    crate = re.escape(key.replace("-", "_"))
    imports = re.compile(rf"\buse\s+{crate}::(?:\{{([^}}]{{0,2000}})\}}|(\w+))")
    cached = cached_versions(key)
    if cached and "derive" not in nested_table(cached[0].manifest, "features"):
        return []
    for path in users:
        for source in manifests.sources(posixpath.dirname(path)):
            names = {word for found in imports.findall(source) for word in re.findall(r"\w+", " ".join(found))}
            derived = re.findall(r"#\[derive\(([^)]{0,2000})\)", source)
            if any(re.search(rf"\b{crate}::", one) or names & set(re.findall(r"\w+", one)) for one in derived):
                return ["derive"]
    return []


def _short(version: str) -> str:
    return ".".join(str(one) for one in compatible_with(version))


def _lock(situation: Situation) -> list[dict[str, Any]]:
    try:
        said = tomllib.loads((situation.read(LOCK) or b"").decode("utf-8")).get("package")
    except (ValueError, RecursionError):
        return []
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _package_keys(manifests: PackageManifests, root: str) -> dict[str, str]:
    """Return the keys of `[workspace.package]`, and `lints`, that members inherit and the root lacks, with a value."""
    found: dict[str, str] = {}
    has = nested_table(manifests.tables[root], "workspace", "package")
    for said in manifests.tables.values():
        if nested_table(said, "lints").get("workspace") is True and not nested_table(
            manifests.tables[root], "workspace", "lints"
        ):
            found["lints.rust"] = "{}"
        for key, one in nested_table(said, "package").items():
            if not (isinstance(one, dict) and one.get("workspace") is True) or key in has:
                continue
            values = Counter(
                json.dumps(value)
                for other in manifests.tables.values()
                if isinstance(value := nested_table(other, "package").get(key), str | bool | list)
            )
            if value := next(iter([one for one, _ in values.most_common(1)]), FIRST.get(key, "")):
                found[f"package.{key}"] = value
    return found


def _put(manifests: PackageManifests, root: str, key: str, value: str) -> list[Rewrite]:
    table, _, last = key.rpartition(".")
    return manifests.text(root).put(("workspace", table), last, value)
