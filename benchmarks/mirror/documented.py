"""rustdoc's JSON of published crates, made with the stable toolchain in a folder of the benchmark, and kept."""

import os
import re
import shutil
import subprocess
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hands.published import brought
from rusta.core.errors import RustaError

LIST = Path(__file__).with_name("releases.toml")
SECONDS = 900  # that one build may take
TESTS = re.compile(
    r"(?ms)^\[(?:target\.[^\n]*\.)?dev-dependencies[^\n]*\]\n.*?(?=^\[|\Z)|^\[\[(?:bench|test|example)\]\]\n.*?(?=^\[|\Z)"
)
ABSENT = re.compile(r'\s*"(?:bumpalo/allocator_api|syn-test-suite/all-features)",?')  # features of what only tests need


class NotDocumented(RustaError):
    """A published crate does not build on this machine."""


@dataclass(frozen=True)
class Release:
    """One release with the features that are set."""

    package: str
    version: str
    features: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name for files."""
        return f"{self.package}-{self.version}"


@dataclass(frozen=True)
class Pair:
    """Two releases of a crate."""

    old: Release
    new: Release
    kept: bool  # not looked at while the reader was made


def listed() -> list[Pair]:
    """Return the pairs of the list, in its order."""
    found = list[Pair]()
    for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["pair"]:
        old, new = (
            Release(row["package"], row[side]["version"], tuple(row[side]["features"])) for side in ("old", "new")
        )
        found.append(Pair(old, new, row.get("kept", False)))
    return found


def sources(release: Release) -> Path:
    """Return where the sources of a release lie; cargo brings what is missing."""
    return brought({release.package: release.version})[release.package]


def documented(release: Release, work: Path) -> tuple[Path, float]:
    """Return rustdoc's JSON of a release, and the seconds that it took when it was made. Raises `NotDocumented`."""
    kept, took = work / f"{release.name}.json", work / f"{release.name}.seconds"
    if kept.is_file() and took.is_file():
        return kept, float(took.read_text())
    folder, target = work / "sources" / release.name, work / "target"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sources(release), folder)
    (folder / "Cargo.lock").unlink(missing_ok=True)
    manifest = folder / "Cargo.toml"
    text = ABSENT.sub("", TESTS.sub("", manifest.read_text(encoding="utf-8")))
    manifest.write_text(f"{text.replace(f'{chr(10)}[workspace]{chr(10)}', chr(10))}\n[workspace]\n", encoding="utf-8")
    shutil.rmtree(target / "doc", ignore_errors=True)
    features = ["--no-default-features", "--features", ",".join(release.features)] if release.features else []
    began = time.perf_counter()
    ran = subprocess.run(
        ["cargo", "rustdoc", "--lib", *features, "--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"],
        cwd=folder, capture_output=True, text=True, timeout=SECONDS,
        env={**os.environ, "RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(target), "CARGO_BUILD_JOBS": "1"},
    )  # fmt: skip
    made = sorted((target / "doc").glob("*.json"))
    if ran.returncode or not made:
        raise NotDocumented(f"{release.name}: {ran.stderr.strip()[-300:]}")
    shutil.move(made[0], kept)
    took.write_text(f"{time.perf_counter() - began:.2f}")
    return kept, float(took.read_text())
