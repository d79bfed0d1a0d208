"""Crates with dependencies, judged by cargo itself, offline: a registry of a few small crates in a CARGO_HOME of its own.

The registry is a directory that replaces crates.io in cargo's configuration, laid out as cargo lays out its cache, so that what
reads the cache finds the same crates.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from rusta.loop.attempt.repair_search import Budget, Repaired, RepairSearch
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation, Strategy
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import parse

Files = Mapping[str, str]


def registry(home: Path, crates: Mapping[str, Files], patch: pytest.MonkeyPatch) -> None:
    """Write crates (by `name-version`) where cargo finds them, and nothing else."""
    folder = home / "registry" / "src" / "here-0000000000000000"
    for name, files in crates.items():
        for path, text in {".cargo-checksum.json": '{"files":{}}', **files}.items():
            at = folder / name / path
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(text)
    (home / "config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "{folder}"\n[net]\noffline = true\n'
    )
    patch.setenv("CARGO_HOME", str(home))


@dataclass
class CargoAlone:
    """cargo without a sandbox, as the judge of crates that the tests wrote."""

    root: Path
    target: Path

    def check(self, all_targets: bool = True) -> CargoReport:
        """Check all members with their tests."""
        return self._cargo("check", "--all-targets", "--keep-going")

    def test(self) -> CargoReport:
        """Run the tests of all members."""
        return self._cargo("test", "--tests")

    def _cargo(self, verb: str, *words: str) -> CargoReport:
        command = ["cargo", verb, "--workspace", "--offline", "--message-format=json", *words]
        env = {**os.environ, "CARGO_TARGET_DIR": str(self.target), "CARGO_PROFILE_DEV_DEBUG": "0"}
        done = subprocess.run(command, cwd=self.root, capture_output=True, env=env, timeout=300)
        return CargoReport(
            verb, not done.returncode, parse(done.stdout, self.root).diagnostics, output=done.stderr.decode()
        )


def opened(folder: Path, files: Files, target: Path | None = None) -> tuple[Scratch, CargoAlone]:
    """Write a crate or workspace, with the lock that cargo makes of it, and open its copy and its judge."""
    for path, text in files.items():
        at = folder / "crate" / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
    command = ["cargo", "generate-lockfile", "--offline"]
    done = subprocess.run(command, cwd=folder / "crate", capture_output=True, text=True)
    assert not done.returncode, done.stderr
    scratch = Scratch(folder / "crate", folder / "home")
    scratch.sync()
    return scratch, CargoAlone(scratch.root, target or folder / "target")


def repaired(folder: Path, files: Files, checks: int = 20, target: Path | None = None) -> Repaired:
    """Return what the whole search without a model makes of a crate. Its tests decide."""
    scratch, cargo = opened(folder, files, target)
    report = cargo.check()
    assert report.errors, f"the crate is not broken\n{report.output}"
    search = RepairSearch(scratch, cargo, None, Budget(checks=checks)).run(report)  # type: ignore[arg-type]
    while True:
        try:
            next(search)
        except StopIteration as stop:
            return stop.value


def offered(folder: Path, strategy: Strategy, files: Files) -> list[Hypothesis]:
    """Return the hypotheses of one strategy for a crate."""
    scratch, cargo = opened(folder, files)
    return list(strategy(Situation(cargo.check().errors, scratch.read, scratch.sources(), scratch.root)))


def manifest(name: str, version: str = "0.1.0", more: str = "") -> str:
    """Return a manifest; `more` are further lines, from the package's own table on."""
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{more}\n'


def manifests_of(done: Repaired) -> str:
    """Return the manifests at the end of a chain, as text."""
    state = done.chain[-1].state if done.chain else {}
    return "\n".join(
        (content or b"").decode() for path, content in sorted(state.items()) if path.endswith("Cargo.toml")
    )
