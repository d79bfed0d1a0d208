"""Compile a change's examples against the crate at both states: where they compile, and where not with which error codes.

Each state is laid out in a private folder, beside a package of one program for each example, and checked by cargo, offline, in the
sandbox and within a number of seconds for all. An example that does not compile alone at its own state says nothing about
the other one. Not covered: examples of several files, platforms and `cfg`s other than this machine's, features that a crate's
manifest does not name (`full`, those of docs.rs), and whether an example that compiles still does the same.
"""

import json
import posixpath
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.library.source_files import SourceFiles
from rusta.library.source_items import library_name
from rusta.mirror.compared_states import MirrorState
from rusta.mirror.example_marks import ExampleMark, ExampleMarks
from rusta.mirror.fact import ChangeFact, short
from rusta.mirror.repository_packages import RepositoryPackage, repository_packages
from rusta.mirror.revision_changes import RevisionChanges
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.dependencies import NAMES, Unfetched, Unlocked
from rusta.tools.diagnostics import BuildTarget
from rusta.tools.manifest import nested_table
from rusta.tools.sandbox import Limits, Sandbox
from rusta.tools.sandbox.tmpdir import private_folder

MOST_EXAMPLES = 24  # of a cycle
MOST_FILES = 20_000  # of a state that are laid out
LARGEST_FILE = 1_000_000  # bytes
MOST_BYTES = 200_000_000  # of a state
SECONDS = 90.0  # for all examples of a cycle
FEWEST_SECONDS = 2.0  # below which no build is begun
NAMED = re.compile(r"(?<![\w:.$])(?:::)?([a-z_]\w*)(?=::)|\bextern crate (\w+)|\buse (\w+)(?=;| as\b)")
KEPT = ("version", "package", "default-features", "features")  # keys of a dependency
LEFT_OUT = (".cargo/", ".git", ".github/", "target/")
TOOLCHAINS = ("rust-toolchain", "rust-toolchain.toml")
NEEDED = ("dependencies", "dev-dependencies")


@dataclass(frozen=True)
class _Built:
    """What cargo said of the programs of one state, by their names; `why` where it said nothing of any."""

    said: Mapping[str, str] = field(default_factory=dict)  # "" for one that compiles, else error codes
    why: str = ""


@dataclass(frozen=True)
class ExampleChecks:
    """`sandbox` is None where there is none: then every example is marked so. `online`: cargo may fetch dependencies."""

    sandbox: Sandbox | None
    seconds: float = SECONDS
    online: bool = False

    def marks(self, of: RevisionChanges) -> ExampleMarks:
        """Return the marks of the examples of a change, those with a program for each side that has one."""
        every = [one for one in of.facts if one.kind == "example" and not one.minor]
        facts = [one for one in every if one.program or one.program_before]
        tried, left = facts[:MOST_EXAMPLES], facts[MOST_EXAMPLES:]
        found = {one: _mark(one, "not compiled: it is no program of one file") for one in every if one not in facts}
        found |= {one: _mark(one, f"not compiled: only the first {MOST_EXAMPLES} examples are") for one in left}
        if self.sandbox is None:
            return found | {one: _mark(one, "not compiled: there is no sandbox to compile it in") for one in tried}
        groups = dict[str, list[ChangeFact]]()
        for one in tried:
            groups.setdefault(one.package, []).append(one)
        until = time.monotonic() + self.seconds
        with private_folder() as folder:
            for name, group in groups.items():
                built = [
                    self._built(folder, side, state, name, group, until, self.sandbox)
                    for side, state in (("old", of.old), ("new", of.new))
                ]
                names = _state_names(of, name)
                for n, one in enumerate(group):
                    found[one] = ExampleMark(
                        _said(f"e{n}_before", built[0], built[1], *names) if one.program_before else "",
                        _said(f"e{n}_now", built[1], built[0], *names[::-1]) if one.program else "",
                    )
        return found

    def _built(
        self,
        folder: Path,
        side: str,
        state: MirrorState,
        name: str,
        facts: Sequence[ChangeFact],
        until: float,
        sandbox: Sandbox,
    ) -> _Built:
        left = until - time.monotonic()
        if left < FEWEST_SECONDS:
            return _Built(why=f"the {self.seconds:.0f} s for examples were over")
        every = {one.name: one for one in repository_packages(state.files)}
        if (package := every.get(name)) is None:
            return _Built(why=f"{f'`{name}`' if name else 'its package'} is not there")
        at, programs = folder / side, _programs(facts)
        if not (at / "state").exists() and not _laid_out(state.files, at / "state"):
            return _Built(why="its sources are too large to be laid out")
        (at / "src" / "bin").mkdir(parents=True, exist_ok=True)
        for file in (at / "src" / "bin").glob("*.rs"):
            file.unlink()
        for program, text in programs.items():
            (at / "src" / "bin" / f"{program}.rs").write_text(text, encoding="utf-8")
        (at / "Cargo.toml").write_text(_manifest(package, "\n".join(programs.values())), encoding="utf-8")
        (at / "Cargo.lock").unlink(missing_ok=True)
        cargo = Cargo(at, sandbox, folder / "target", replace(Limits(), seconds=left), self.online)
        try:
            return _read(cargo.check(), programs, name)
        except (Unfetched, Unlocked) as refusal:
            needed = next((found[1] for pattern in NAMES if (found := pattern.search(refusal.said))), "")
            what = (
                f"it needs `{short(needed, 100)}`, which cargo has not here"
                if needed
                else "cargo cannot resolve what it needs here"
            )
            return _Built(why=what)
        except (RustaError, OSError) as error:
            return _Built(why=short(str(error).partition("\n")[0], 160))


def _programs(facts: Sequence[ChangeFact]) -> dict[str, str]:
    """The programs by the names of their targets."""
    every = {f"e{n}_before": one.program_before for n, one in enumerate(facts)}
    every |= {f"e{n}_now": one.program for n, one in enumerate(facts)}
    return {name: text for name, text in every.items() if text}


def _read(report: CargoReport, programs: Mapping[str, str], name: str) -> _Built:
    """What a report says of each program. Where none was reached, the crate itself does not build."""
    if report.stopped:
        return _Built(why=f"it was stopped at its limit of {report.stopped}")
    said = dict[str, str]()
    for program in programs:
        target = BuildTarget("bin", program)
        codes = sorted({one.code or "a syntax error" for one in report.errors if one.target == target})
        if target in report.built and not codes:
            said[program] = ""
        elif codes:
            said[program] = ", ".join(codes)
    return _Built(said) if said else _Built(why=f"`{name}` does not build here")


def _said(program: str, own: _Built, other: _Built, where: str, elsewhere: str) -> str:
    """The mark of a program: at the state that it is of, and at the other one."""
    if own.why or program not in own.said:
        return f"not compiled: {own.why or 'cargo said nothing of it'}"
    if own.said[program]:
        return f"not compiled: alone it lacks what it leans on at {where} ({own.said[program]})"
    if other.why or program not in other.said:
        return f"compiles at {where}; not compiled at {elsewhere}: {other.why or 'cargo said nothing of it'}"
    if other.said[program]:
        return f"compiles at {where}; does not compile at {elsewhere}: {other.said[program]}"
    return f"compiles at {where} and at {elsewhere}"


def _mark(one: ChangeFact, why: str) -> ExampleMark:
    return ExampleMark(why if one.before or one.gone else "", why if one.text and not one.gone else "")


def _state_names(of: RevisionChanges, package: str) -> tuple[str, str]:
    """What the states are called: versions where they differ."""
    crate = package.replace("-", "_")
    crate = crate if crate in of.versions else of.mirror
    was, now = of.old_versions.get(crate, ""), of.versions.get(crate, of.version)
    return (was, now) if was and now and was != now else (of.old.short, of.new.short)


def _laid_out(files: SourceFiles, at: Path) -> bool:
    """Lay out a state, without what configures cargo or chooses a toolchain; whether it was small enough."""
    left, paths = MOST_BYTES, files.paths()
    if len(paths) > MOST_FILES:
        return False
    for path in paths:
        parts = path.split("/")
        if (
            path.startswith(LEFT_OUT)
            or "/.cargo/" in path
            or parts[-1] in TOOLCHAINS
            or ".." in parts
            or path.startswith("/")
        ):
            continue
        if (content := files.read(path, LARGEST_FILE)) is None:
            continue
        left -= len(content)
        if left < 0:
            return False
        file = at / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return True


def _manifest(package: RepositoryPackage, programs: str) -> str:
    """The manifest of the package that holds the programs: it depends on `package`, and on what of its dependencies they name."""
    edition = package.said("edition")[0]
    lines = [
        "[package]", 'name = "rusta-examples"', 'version = "0.0.0"', f"edition = {_toml(edition if isinstance(edition, str) else '2015')}",
        "[workspace]", 'exclude = ["state"]', "[dependencies]",
    ]  # fmt: skip
    own = library_name(dict(package.manifest)) or package.name.replace("-", "_")
    named = {name for found in NAMED.finditer(programs) for name in found.groups() if name}
    if package.published:
        beside = {"path": _below(package.folder), "features": _features(package.manifest)}
        lines.append(f"{_toml(package.name)} = {_table(beside)}")
    for name, said in _dependencies(package):
        called = name.replace("-", "_")
        if called in named and called != own:
            lines.append(f"{_toml(name)} = {_table(said)}")
    return "\n".join(lines) + "\n"


def _features(manifest: Mapping[str, Any]) -> list[str]:
    """The features that examples are written for: `full`, or those that docs.rs sets."""
    declared = nested_table(dict(manifest), "features")
    if "full" in declared:
        return ["full"]
    asked = nested_table(dict(manifest), "package", "metadata", "docs", "rs").get("features")
    return [one for one in asked if isinstance(one, str) and one in declared] if isinstance(asked, list) else []


def _dependencies(package: RepositoryPackage) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a package depends on, as another package beside it would say so; the first that is said of a name."""
    seen, manifest = set[str](), dict(package.manifest)
    targets = nested_table(manifest, "target")
    for place in (manifest, *(one for one in targets.values() if isinstance(one, dict))):
        for kind in NEEDED:
            for name, said in nested_table(place, kind).items():
                base, features = package.folder, list[Any]()
                if isinstance(said, dict) and said.get("workspace") is True:
                    features = said.get("features") if isinstance(said.get("features"), list) else []
                    said, base = nested_table(dict(package.shared), "dependencies").get(name), package.workspace
                said = {"version": said} if isinstance(said, str) else said
                if name in seen or not isinstance(said, dict):
                    continue
                seen.add(name)
                kept = {key: said[key] for key in KEPT if key in said}
                if isinstance(said.get("path"), str):
                    path = posixpath.normpath(posixpath.join(base, said["path"]))
                    if path.startswith(("..", "/")):  # out of the tree
                        continue
                    kept["path"] = _below(path)
                if features:
                    kept["features"] = [*kept.get("features", []), *features]
                yield name, kept


def _below(folder: str) -> str:
    return f"state/{folder}" if folder not in ("", ".") else "state"


def _table(said: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(f'{key} = {_toml(value)}' for key, value in said.items())} }}"


def _toml(value: Any) -> str:
    """A text, a number, a boolean or a list as TOML: JSON's are."""
    return json.dumps(value, ensure_ascii=True)
