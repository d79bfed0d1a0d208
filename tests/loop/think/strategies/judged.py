"""The search with rustc alone as its judge: what cargo and the sandbox cost is left out, so that a case takes a second."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rusta.loop.attempt.repair_search import Budget, Repaired, RepairSearch
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation, Strategy
from rusta.tools.cargo import CargoReport
from rusta.tools.diagnostics import parse
from rusta.tools.manifest import edition_of
from tests.loop.crate import ended

CRATES = Path(__file__).parent / "crates"


@dataclass
class Rustc:
    """What `RepairSearch` asks of cargo, for a crate of `src/lib.rs` with its tests inside and no dependencies.

    The edition is the manifest's.
    """

    root: Path
    out: Path

    def check(self, all_targets: bool = True) -> CargoReport:
        """Type-check the crate with its tests."""
        done = self._rustc("--emit=metadata")
        return CargoReport("rustc", not done.returncode, parse(done.stderr, self.root).diagnostics)

    def test(self) -> CargoReport:
        """Build and run the tests."""
        done = self._rustc()
        if done.returncode:
            return CargoReport("rustc", False, parse(done.stderr, self.root).diagnostics)
        ran = subprocess.run([self.out / "lib"], capture_output=True, timeout=60)
        return CargoReport("test", not ran.returncode, output=ran.stdout.decode())

    def _rustc(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        command = [
            "rustc",
            "--test",
            "--error-format=json",
            f"--edition={edition_of(self.root / 'src/lib.rs')}",
            *words,
            "--out-dir",
            self.out,
        ]
        return subprocess.run([*command, "src/lib.rs"], cwd=self.root, capture_output=True, env=os.environ, timeout=120)


def opened(folder: Path, files: Mapping[str, str] | str, edition: str = "2021") -> tuple[Scratch, Rustc]:
    """Write a crate of these files, or of one `src/lib.rs`, and open its copy and its judge."""
    crate = folder / "crate"
    whole = {"src/lib.rs": files} if isinstance(files, str) else dict(files)
    for path, text in {"Cargo.toml": f'[package]\nname = "broken"\nedition = "{edition}"\n', **whole}.items():
        (crate / path).parent.mkdir(parents=True, exist_ok=True)
        (crate / path).write_text(text)
    (folder / "out").mkdir()
    scratch = Scratch(crate, folder / "home")
    scratch.sync()
    return scratch, Rustc(scratch.root, folder / "out")


def repaired(folder: Path, files: Mapping[str, str] | str, edition: str = "2021", checks: int = 60) -> Repaired:
    """Return what the whole search without a model makes of a crate. Its tests decide."""
    scratch, rustc = opened(folder, files, edition)
    report = rustc.check()
    assert report.errors, "the crate is not broken"
    return ended(RepairSearch(scratch, rustc, None, Budget(checks=checks)).run(report))  # type: ignore[arg-type]


def offered(
    folder: Path, strategy: Strategy, files: Mapping[str, str] | str, edition: str = "2021"
) -> list[Hypothesis]:
    """Return the hypotheses of one strategy for a crate."""
    scratch, rustc = opened(folder, files, edition)
    return list(strategy(Situation(rustc.check().errors, scratch.read, scratch.sources(), scratch.root)))


def reasons(done: Repaired) -> str:
    """Return the reasons of all links of a chain, for a look at which strategy was used."""
    return "; ".join(link.hypothesis.reason for link in done.chain)
