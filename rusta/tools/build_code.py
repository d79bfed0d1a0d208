"""List code that runs during a build: proc macros, build scripts, and programs named in a crate's configuration.

A proc macro runs inside rustc and can print what rustc would print; a build script can write what cargo keeps in the
target folder. With either of them the output of a build cannot be trusted to be the compiler's.

Not covered: a malicious compiler, and ordinary dependencies: their code runs only in tests, and what it
leaves in the target folder is not trusted (`diagnostics.parse`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from rusta.tools.workspace_files import read_toml

KINDS = {"proc-macro": "a procedural macro", "custom-build": "a build script"}
CONFIGS = (".cargo/config.toml", ".cargo/config")
# Tables of cargo's configuration that set no program, flag or environment variable.
INERT = {
    "net", "http", "registries", "registry", "source", "term", "cargo-new", "alias", "doc", "future-incompat-report", "cache",
    "resolver",
}  # fmt: skip
INERT_IN_BUILD = {"jobs", "target-dir", "build-dir", "incremental", "target", "dep-info-basedir", "warnings"}


def from_metadata(said: bytes) -> tuple[str, ...] | None:
    """List build-time code of the packages in `cargo metadata`'s output, such as "the procedural macro serde_derive".

    None if the output is not that of `cargo metadata`.
    """
    try:
        packages = json.loads(said)["packages"]
        found = [
            f"{KINDS[kind].replace('a ', 'the ', 1)} {'of ' if kind == 'custom-build' else ''}{one['name']}"
            for one in packages
            for target in one["targets"]
            for kind in target["kind"]
            if kind in KINDS
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return tuple(dict.fromkeys(found))


def from_configuration(folder: Path, root: Path) -> Iterator[str]:
    """Yield cargo configuration files, from `folder` up to `root`, that set a program, flags or an environment."""
    for place in (folder, *folder.parents):
        for name in CONFIGS:
            file = place / name
            if file.is_file() and not _inert(file, root):
                yield str(file)
        if place == root or not place.is_relative_to(root):
            return


def _inert(file: Path, root: Path) -> bool:
    said = read_toml(file, root)
    if said is None:
        return False
    build = said.pop("build", {})
    return set(said) <= INERT and isinstance(build, dict) and set(build) <= INERT_IN_BUILD
