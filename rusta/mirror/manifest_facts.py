"""Facts of manifests: packages, versions, Rust version, edition, features and what they turn on, dependencies.

Values that a package inherits from its workspace are resolved, and stand at the workspace's line. Development and build
dependencies, and packages of the repository itself, are left out. One sentence that is true of several packages is one
fact. Source: The Cargo Book, "The Manifest Format", "Features", "Specifying Dependencies".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rusta.library.source_files import SourceFiles
from rusta.mirror.fact import ChangeFact, short
from rusta.mirror.repository_packages import RepositoryPackage
from rusta.tools.dependency_entries import REQUIREMENT, compatible_with
from rusta.tools.manifest import nested_table
from rusta.tools.toml_text import TomlText
from rusta.tools.workspace_files import LARGEST_TOML

LONGEST_SENTENCE = 400  # characters
MOST_NAMED = 12  # names in one sentence
MOST_PACKAGES_NAMED = 4
MOST_SENTENCES = 300  # of one kind

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class _Sentence:
    kind: str
    text: str
    package: RepositoryPackage
    keys: KeyPath  # of the manifest's key that it stands at
    shared: bool = False  # the key is one of the workspace's manifest
    gone: bool = False
    minor: bool = False


@dataclass(frozen=True)
class _Dependency:
    """What a package says of one dependency, inherited values included."""

    package: str
    requirement: str
    features: tuple[str, ...]
    defaults: bool
    optional: bool
    keys: KeyPath
    shared: bool

    @property
    def said(self) -> str:
        return f"`{self.package}`{f' {self.requirement}' if self.requirement else ''}"


@dataclass
class _Lines:
    """Where keys stand in the manifests of a state; each is parsed once, and only those that are asked for."""

    files: SourceFiles
    read: dict[str, TomlText] = field(default_factory=dict)

    def of(self, path: str, keys: KeyPath) -> int:
        if path not in self.read:
            self.read[path] = TomlText(self.files.read(path, LARGEST_TOML) or b"")
        text = self.read[path]
        for end in range(len(keys), 0, -1):
            if place := text.place(*keys[:end]):
                return text.source.count(b"\n", 0, place[0]) + 1
        return 1


def manifest_facts(
    old: SourceFiles, new: SourceFiles, was: Sequence[RepositoryPackage], now: Sequence[RepositoryPackage]
) -> list[ChangeFact]:
    """Return the facts of two states' manifests. `was` and `now` are their packages; those never published are left out."""
    earlier, later = ({one.name: one for one in of if one.published} for of in (was, now))
    own = {*earlier, *later}
    sentences = [*_came_and_went(earlier, later)]
    for name in sorted(earlier.keys() & later.keys()):
        sentences += _of_package(earlier[name], later[name], own)
    lines = {False: _Lines(new), True: _Lines(old)}
    merged = dict[tuple[str, str, str, int, bool, bool], list[str]]()
    counts = dict[str, int]()
    for one in sentences:
        path = one.package.shared_file if one.shared else one.package.file
        counts[one.kind] = counts.get(one.kind, 0) + 1
        if counts[one.kind] <= MOST_SENTENCES:
            line = lines[one.gone].of(path, one.keys)
            key = (
                one.kind,
                one.text,
                "" if _is_of_many(one) else path,
                0 if _is_of_many(one) else line,
                one.gone,
                one.minor,
            )
            merged.setdefault(key, []).append(f"{one.package.name}\n{path}\n{line}")
    return [_merged(key, places) for key, places in merged.items()]


def _is_of_many(sentence: _Sentence) -> bool:
    """Whether packages that say the same each in its own manifest make one fact: a release of all of them."""
    return sentence.kind in ("package", "msrv", "edition", "dependency")


def _merged(key: tuple[str, str, str, int, bool, bool], places: list[str]) -> ChangeFact:
    kind, text, _, _, gone, minor = key
    named = [one.split("\n")[0] for one in places]
    _, path, line = places[0].split("\n")
    more = f" and {len(named) - MOST_PACKAGES_NAMED} more" if len(named) > MOST_PACKAGES_NAMED else ""
    return ChangeFact(
        kind, short(text, LONGEST_SENTENCE), path, int(line), gone=gone,
        package=", ".join(named[:MOST_PACKAGES_NAMED]) + more, minor=minor,
    )  # fmt: skip


def _came_and_went(was: Mapping[str, RepositoryPackage], now: Mapping[str, RepositoryPackage]) -> Iterator[_Sentence]:
    for name in sorted(now.keys() - was.keys()):
        about = now[name].said("description")[0]
        more = f": {' '.join(about.split())}" if isinstance(about, str) else ""
        yield _Sentence("package", f"the package `{name}` is new{more}", now[name], ("package", "name"))
    for name in sorted(was.keys() - now.keys()):
        yield _Sentence("package", f"the package `{name}` is gone", was[name], ("package", "name"), gone=True)


def _of_package(was: RepositoryPackage, now: RepositoryPackage, own: set[str]) -> Iterator[_Sentence]:
    for kind, key, called in (
        ("package", "version", "version"),
        ("msrv", "rust-version", "Rust version"),
        ("edition", "edition", "edition"),
    ):
        (old, _), (new, shared) = was.said(key), now.said(key)
        if old != new and all(one is None or isinstance(one, str) for one in (old, new)):
            default = "2015" if key == "edition" else "none"
            keys = ("workspace", "package", key) if shared else ("package", key)
            yield _Sentence(
                kind, f"{called} {old or default} -> {new or default}", now, keys, shared, minor=key == "version"
            )
    yield from _features(was, now)
    yield from _dependencies(was, now, own)


def _features(was: RepositoryPackage, now: RepositoryPackage) -> Iterator[_Sentence]:
    old, new = _declared(was.manifest), _declared(now.manifest)
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    for name in list(gone):
        same = [one for one in added if old[name] and new[one] == old[name]]
        alike = [one for one in gone if old[one] == old[name]]
        if len(same) == 1 and len(alike) == 1:
            yield _Sentence("feature", f"the feature `{name}` is called `{same[0]}` now", now, ("features", same[0]))
            added.remove(same[0])
            gone.remove(name)
    for names, of, word in ((added, now, "new"), (gone, was, "gone")):
        implied = [one for one in names if one not in nested_table(of.manifest, "features")]
        if len(implied) > 1:
            text = f"the features {_named(implied)} of optional dependencies are {word}"
            yield _Sentence("feature", text, of, _feature_keys(of, implied[0]), gone=of is was)
            names[:] = [one for one in names if one not in implied]
    for name in added:
        yield _Sentence("feature", f"the feature `{name}` is new{_turns_on(new[name])}", now, _feature_keys(now, name))
    for name in gone:
        yield _Sentence(
            "feature", f"the feature `{name}` is gone{_turned_on(old[name])}", was, _feature_keys(was, name), gone=True
        )
    for name in sorted(old.keys() & new.keys()):
        more, less = sorted(set(new[name]) - set(old[name])), sorted(set(old[name]) - set(new[name]))
        if more or less:
            said = [f"turns on {_named(more)} too"] if more else []
            said += [f"no longer turns on {_named(less)}"] if less else []
            yield _Sentence("feature", f"the feature `{name}` {' and '.join(said)}", now, _feature_keys(now, name))


def _feature_keys(package: RepositoryPackage, name: str) -> KeyPath:
    return ("features", name) if name in nested_table(package.manifest, "features") else ("dependencies", name)


def _turns_on(names: Sequence[str]) -> str:
    return f"; it turns on {_named(names)}" if names else ""


def _turned_on(names: Sequence[str]) -> str:
    return f"; it turned on {_named(names)}" if names else ""


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{one}`" for one in names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _declared(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The features a manifest has, those of optional dependencies that nothing calls `dep:` included."""
    said = nested_table(manifest, "features")
    found = {
        name: tuple(sorted(one for one in of if isinstance(one, str)))
        for name, of in said.items()
        if isinstance(of, list)
    }
    spoken = {one.removeprefix("dep:") for of in found.values() for one in of if one.startswith("dep:")}
    for place in (manifest, *nested_table(manifest, "target").values()):
        for key, one in nested_table(place, "dependencies").items():
            if isinstance(one, dict) and one.get("optional") is True and key not in spoken:
                found.setdefault(key, ())
    return found


def _dependencies(was: RepositoryPackage, now: RepositoryPackage, own: set[str]) -> Iterator[_Sentence]:
    old, new = ({one.package: one for one in _stated(of) if one.package not in own} for of in (was, now))
    for name in sorted(new.keys() - old.keys()):
        one = new[name]
        optional = ", optional" if one.optional else ""
        yield _Sentence("dependency", f"it depends on {one.said} now{optional}", now, one.keys, one.shared)
    for name in sorted(old.keys() - new.keys()):
        one = old[name]
        yield _Sentence("dependency", f"it depends on {one.said} no longer", was, one.keys, one.shared, gone=True)
    for name in sorted(old.keys() & new.keys()):
        one, other = old[name], new[name]
        said = list(_differences(one, other))
        if said:
            minor = (
                len(said) == 1
                and one.requirement != other.requirement
                and _compatible(one.requirement, other.requirement)
            )
            yield _Sentence("dependency", f"`{name}`: {'; '.join(said)}", now, other.keys, other.shared, minor=minor)


def _differences(one: _Dependency, other: _Dependency) -> Iterator[str]:
    if one.requirement != other.requirement:
        yield f"{one.requirement or 'any version'} -> {other.requirement or 'any version'}"
    if one.optional != other.optional:
        yield "optional now" if other.optional else "no longer optional"
    if one.defaults != other.defaults:
        yield f"its default features are {'on' if other.defaults else 'off'} now"
    more, less = (sorted({*a.features} - {*b.features}) for a, b in ((other, one), (one, other)))
    if more:
        yield f"with its {_named(more)}"
    if less:
        yield f"without its {_named(less)}"


def _compatible(one: str, other: str) -> bool:
    """Whether cargo takes every version that the later requirement begins with for compatible with the earlier one."""
    found = [REQUIREMENT.fullmatch(said) for said in (one, other)]
    if not (found[0] and found[1]):
        return False
    if "=" in (signs := (found[0]["sign"], found[1]["sign"])):
        return signs == ("=", "=")  # packages that are released together need each other so
    least = [compatible_with(said["numbers"]) for said in found if said]
    size = min(len(of) for of in least)
    return least[0][:size] == least[1][:size]


def _stated(package: RepositoryPackage) -> Iterator[_Dependency]:
    """The dependencies of a package's library."""
    shared = nested_table(package.shared, "dependencies")
    places: list[tuple[KeyPath, Any]] = [((), package.manifest)]
    places += [(("target", name), said) for name, said in nested_table(package.manifest, "target").items()]
    for above, place in places:
        for key, one in nested_table(place, "dependencies").items():
            said = one if isinstance(one, dict) else {"version": one}
            inherited = said.get("workspace") is True
            base = shared.get(key) if inherited else {}
            whole: dict[str, Any] = {**(base if isinstance(base, dict) else {"version": base}), **said}
            of = nested_table({"base": base}, "base").get("features")
            features = [
                *(of if isinstance(of, list) else []),
                *(said["features"] if isinstance(said.get("features"), list) else []),
            ]
            name, version = whole.get("package", key), whole.get("version")
            yield _Dependency(
                name if isinstance(name, str) else key, version if isinstance(version, str) else "",
                tuple(dict.fromkeys(one for one in features if isinstance(one, str))),
                whole.get("default-features", whole.get("default_features", True)) is not False, said.get("optional") is True,
                ("workspace", "dependencies", key) if inherited else (*above, "dependencies", key), inherited,
            )  # fmt: skip
