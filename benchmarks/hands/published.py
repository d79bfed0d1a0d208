"""Real published crates at named versions: brought by cargo when a benchmark asks for them, and never committed.

A published package is one package. Where only packages are published, a workspace is made of real ones that depend on one
another: each is a member, and depends on the others by path as well. What is added is that path and the workspace's own
manifest, which has everybody else depend on the members, too (`[patch]`), since there would be two copies of one package.
Left out are cargo's notes of the upload, the manifest as it was before, and the lock file, which is written anew.
"""

import re
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.library.cached_crates import cached_versions
from rusta.tools.dependencies import fetch, reason, run_fetch

LIST = Path(__file__).with_name("published.toml")
LEFT_OUT = ("Cargo.toml.orig", "Cargo.lock")
TABLE = re.compile(r"^\[(?:[^\[\]]+\.)?(?:dev-|build-)?dependencies\.\"?(?P<name>[\w-]+)\"?\]$", re.MULTILINE)


class NotBrought(RustaError):
    """A published package is not on this machine, and cargo could not bring it."""


@dataclass(frozen=True)
class Published:
    """One crate of the list: its packages as NAME@VERSION (several are a workspace), its kinds, and why it is there."""

    packages: tuple[str, ...]
    kinds: frozenset[str]  # of workspace, macro, async, plain
    why: str

    @property
    def name(self) -> str:
        """The name of its first package."""
        return self.packages[0].partition("@")[0]

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package."""
        return {name: version for name, _, version in (one.partition("@") for one in self.packages)}


def listed(file: Path = LIST) -> list[Published]:
    """Return the crates of the list, in its order."""
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["crate"]
    return [Published(tuple(row["packages"]), frozenset(row["kinds"]), row["why"]) for row in rows]


def brought(versions: dict[str, str]) -> dict[str, Path]:
    """Return where the sources of packages lie on this machine; what is missing is downloaded. Raises `NotBrought`."""
    if missing := [name for name, version in versions.items() if _root(name, version) is None]:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "src").mkdir()
            (folder / "src/lib.rs").touch()
            asked = "".join(f'{name} = "={versions[name]}"\n' for name in missing)
            head = '[package]\nname = "asking"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n'
            (folder / "Cargo.toml").write_text(head + asked, encoding="utf-8")
            ran = run_fetch(folder / "Cargo.toml", online=True)
            if ran is None or ran.returncode:
                why = reason(ran.stderr.decode("utf-8", "replace")) if ran else "cargo fetch did not end in time"
                raise NotBrought(f"{', '.join(missing)}: {why}")
    roots = {name: _root(name, version) for name, version in versions.items()}
    if gone := [name for name, root in roots.items() if root is None]:
        raise NotBrought(f"cargo fetched {', '.join(gone)}, and the sources are not where cargo keeps them.")
    return {name: root for name, root in roots.items() if root is not None}


def _root(name: str, version: str) -> Path | None:
    return next((one.root for one in cached_versions(name) if one.version == version), None)


def laid_out(one: Published, work: Path) -> Path:
    """Return a folder with the healthy crate, or workspace, and a lock whose dependencies are on this machine.

    It is made once; a folder that was made before is returned as it is. Raises `NotBrought`, `Unfetched`, `Unlocked`.
    """
    folder = work / one.name
    note = "\n".join(sorted(one.packages))
    done = work / f"{one.name}.made"
    if done.is_file() and done.read_text(encoding="utf-8") == note and (folder / "Cargo.lock").is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    roots = brought(one.versions)
    for name, root in roots.items():
        into = folder / name if len(roots) > 1 else folder
        _copy(root, into)
        if len(roots) > 1:
            manifest = into / "Cargo.toml"
            manifest.write_text(with_paths(manifest.read_text(encoding="utf-8"), list(roots)), encoding="utf-8")
    if len(roots) > 1:
        members = ", ".join(f'"{name}"' for name in roots)
        patches = "".join(f'{name} = {{ path = "{name}" }}\n' for name in roots)
        (folder / "Cargo.toml").write_text(
            f'[workspace]\nresolver = "2"\nmembers = [{members}]\n\n[patch.crates-io]\n{patches}', encoding="utf-8"
        )
    fetch(folder, online=True)
    done.write_text(note, encoding="utf-8")
    return folder


def _copy(root: Path, into: Path) -> None:
    """Copy a package's regular files, without hidden ones, whose names begin with a dot."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not path.is_symlink() and not hidden and inside.as_posix() not in LEFT_OUT:
            (into / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, into / inside)


def with_paths(manifest: str, members: Sequence[str]) -> str:
    """Return a published manifest in which dependencies on other members are also at a path.

    Cargo writes a table of its own for each dependency of a manifest that it publishes; a renamed one is left as it is.
    """
    return TABLE.sub(
        lambda found: f'{found[0]}\npath = "../{found["name"]}"' if found["name"] in members else found[0], manifest
    )
