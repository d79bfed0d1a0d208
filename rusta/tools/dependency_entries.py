"""The dependencies of one manifest as a person wrote them, and edits of them: a feature, a version, a new entry.

Edits keep comments, order and layout (`TomlText`), and none removes anything. Sources: The Cargo Book, "Specifying
Dependencies" and "Inheriting a dependency from a workspace". Not covered: dependencies of `[target.'cfg(...)']` tables
are edited where they stand, but never added there.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rusta.tools.manifest import DEPENDENCIES, nested_table
from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText, toml_key
from rusta.tools.workspace_files import LARGEST_TOML, deep

REQUIREMENT = re.compile(r"\s*(?P<sign>[\^~=]?)\s*(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,2})(?:[-+][\w.+-]{1,80})?\s*")


@dataclass(frozen=True)
class DependencyEntry:
    """One dependency of a manifest. `table` is the path of the table it stands in, `key` what it is called there."""

    table: tuple[str, ...]
    key: str
    package: str  # the package's name, where `key` is another name for it
    requirement: str  # "" for one without a version
    features: tuple[str, ...]
    defaults: bool  # whether the default features are on
    inherited: bool  # workspace = true
    path: str  # of a path dependency, else ""

    @property
    def kind(self) -> str:
        """`dependencies`, `dev-dependencies` or `build-dependencies`."""
        return self.table[-1].replace("_", "-")

    @property
    def rust_name(self) -> str:
        """What paths in the sources begin with."""
        return self.key.replace("-", "_")


def parsed_manifest(source: bytes | None, most: int = LARGEST_TOML) -> dict[str, Any]:
    """Return a manifest's tables; {} for what is none."""
    try:
        text = (source or b"").decode("utf-8")
        return tomllib.loads(text) if len(text) <= most and not deep(text) else {}
    except (ValueError, RecursionError):
        return {}


def dependency_entries(manifest: dict[str, Any]) -> Iterator[DependencyEntry]:
    """Yield every dependency of a manifest, those of `[workspace.dependencies]` included."""
    places: list[tuple[tuple[str, ...], Any]] = [((), manifest), (("workspace",), nested_table(manifest, "workspace"))]
    places += [(("target", name), said) for name, said in nested_table(manifest, "target").items()]
    for above, said in places:
        for kind in DEPENDENCIES:
            for key, one in nested_table(said, kind).items():
                of = one if isinstance(one, dict) else {"version": one}
                features, package = of.get("features"), of.get("package")
                yield DependencyEntry(
                    (*above, kind), key, package if isinstance(package, str) else key, _text(of.get("version")),
                    tuple(one for one in features if isinstance(one, str)) if isinstance(features, list) else (),
                    of.get("default-features", of.get("default_features", True)) is not False,
                    of.get("workspace") is True, _text(of.get("path")),
                )  # fmt: skip


def with_features(text: TomlText, entry: DependencyEntry, features: Iterable[str]) -> list[Rewrite]:
    """Return the edits that turn features of a dependency on; [] where its layout is one that I do not edit."""
    new = [one for one in features if one not in entry.features]
    at = (*entry.table, entry.key)
    if not new:
        return []
    if text.value(*at, "features") is not None:
        return text.appended((*at, "features"), ", ".join(json.dumps(one) for one in new))
    listed = json.dumps(new)
    if text.places.get(at) is not None:
        return text.put(at, "features", listed)
    dotted = next((node for path, node in text.places.items() if path[: len(at)] == at), None)
    if dotted is None or dotted.type != "pair":
        return []
    head = text.text(dotted.named_child(0)).rpartition(".")[0]  # `serde` of `serde.workspace = true`
    line = text.source.rfind(b"\n", 0, dotted.start_byte) + 1
    indent = text.source[line : dotted.start_byte].decode("utf-8", "replace")
    return [Rewrite(dotted.end_byte, dotted.end_byte, f"\n{indent}{head}.features = {listed}")] if head else []


def with_requirement(text: TomlText, entry: DependencyEntry, requirement: str) -> list[Rewrite]:
    """Return the edits that replace a dependency's version; [] for one without a version."""
    at = (*entry.table, entry.key)
    value = text.value(*at)
    node = value if value is not None and value.type == "string" else text.value(*at, "version")
    return [text.replaced(node, json.dumps(requirement))] if node is not None and node.type == "string" else []


def with_dependency(text: TomlText, kind: str, name: str, value: str) -> list[Rewrite]:
    """Return the edits that add a dependency. `value` is TOML."""
    return text.put((kind,), name, value)


def dependency_value(fields: dict[str, Any]) -> str:
    """Return an inline table of a dependency; a version alone is a string."""
    if list(fields) == ["version"]:
        return json.dumps(fields["version"])
    return f"{{ {', '.join(f'{toml_key(key)} = {json.dumps(said)}' for key, said in fields.items())} }}"


def numbers_of(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, without a pre-release and build metadata."""
    return tuple(int(one) for one in re.split(r"[-+]", version, maxsplit=1)[0].split(".") if one.isdecimal())


def compatible_with(version: str) -> tuple[int, ...]:
    """Return what versions that cargo takes for compatible have in common: 1 of 1.2.3, (0, 2) of 0.2.9."""
    given = numbers_of(version)
    return given[: next((n + 1 for n, one in enumerate(given) if one), len(given))]


def requirement_like(written: str, version: str) -> str:
    """Return a requirement for a version in the manner of one that a person wrote: as many numbers, the same sign."""
    found = REQUIREMENT.fullmatch(written)
    given = [str(one) for one in numbers_of(version)]
    least = len(compatible_with(version))
    said = found["numbers"] if found else ""
    exact = said.count(".") + 1 > len(compatible_with(said)) if said else False  # 0.2.3, and not 0.2
    parts = max(said.count(".") + 1, least) if exact else least
    return (found["sign"] if found else "") + ".".join(given[: 3 if found and found["sign"] == "=" else parts])


def newest(versions: Sequence[str]) -> str:
    """Return the highest of these versions."""
    return max(versions, key=numbers_of)


def _text(said: Any) -> str:
    return said if isinstance(said, str) else ""
