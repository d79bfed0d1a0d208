"""What a file of a repository is for, by its path alone: code, documentation, an example, a test, CI.

Source: The Cargo Book, "Package Layout", and the usual names of changelogs and configuration files. An owner's patterns
(`CountedFolders`) come before these rules.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from rusta.mirror.path_patterns import path_matches


class FileKind(StrEnum):
    """The purpose of a file."""

    CODE = "code"
    MANIFEST = "manifest"
    CHANGELOG = "changelog"
    MIGRATION = "migration guide"
    DOCS = "documentation"
    EXAMPLE = "example"
    TEST = "test"
    BENCH = "benchmark"
    CI = "CI"
    BUILD = "build"
    OTHER = "other"


@dataclass(frozen=True)
class CountedFolders:
    """Patterns of paths that an owner counts as core, documentation or examples, or does not count at all.

    Without patterns for core it is the sources of the packages that are published.
    """

    core: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def ignores(self, path: str) -> bool:
        """Return whether a file is left out of everything."""
        return _any(self.ignored, path)

    def counting(self, folders: Collection[str], paths: Iterable[str]) -> set[str]:
        """Return the folders of packages that count: those with sources in core where there are patterns for it, the others' left out."""
        kept = {folder for folder in folders if not self.ignores(f"{folder}/src/lib.rs" if folder else "src/lib.rs")}
        if not self.core:
            return kept
        within = set[str]()
        for path in paths:
            if path.endswith(".rs") and _any(self.core, path):
                above = path.rpartition("/")[0]
                while above and above not in folders:
                    above = above.rpartition("/")[0]
                within.add(above)
        return kept & within

    def is_core(self, path: str, folders: Collection[str]) -> bool:
        """Return whether a source file counts as core. `folders` are those of the published packages."""
        if self.core:
            return _any(self.core, path)
        parts = path.split("/")
        if "src" not in parts:
            return parts[-1] == "lib.rs" and "/".join(parts[:-1]) in folders
        return "/".join(parts[: parts.index("src")]) in folders


MARKDOWN = (".md", ".markdown", ".mdx", ".rst", ".adoc")
LOGS = re.compile(r"(?:changelog|changes|releases?(?:[-_ ]?notes)?|history|news)(?:[-_.][\w.-]{0,40})?", re.I)
GUIDES = re.compile(r"(?:migrat(?:ion|ing|e)|upgrad(?:e|ing))[\w .-]{0,60}", re.I)
GUIDE_FOLDERS = frozenset(
    ("migration-guides", "migration_guides", "migration-guide", "migrations", "migrating", "upgrading")
)
LOG_FOLDERS = frozenset(
    ("release-notes", "release_notes", "changelog", "changelogs", ".changes", ".changelog", "newsfragments")
)
PAGES = frozenset(("skill.md",))  # written for agents: a page like any other, and no instruction
DOCS_FOLDERS = frozenset(
    ("docs", "doc", "book", "guide", "guides", "documentation", "website", "tutorial", "tutorials")
)
TESTS = frozenset(
    ("tests", "test", "testing", "testdata", "fixtures", "test_suite", "snapshots", "fuzz", "ui", "stress-test")
)
BENCHES = frozenset(("benches", "bench", "benchmarks", "benchmark"))
CI_FOLDERS = frozenset(
    (".github", ".gitlab", ".circleci", ".buildkite", ".cirrus", ".woodpecker", "ci", ".ci", ".azure")
)
BUILD_FOLDERS = frozenset(
    ("xtask", "xtasks", "scripts", "script", "tools", ".cargo", ".config", ".vscode", ".devcontainer")
)
BUILD_NAMES = frozenset(
    ("build.rs", "makefile", "justfile", "dockerfile", "cargo.lock", ".gitignore", ".gitattributes", ".gitmodules", ".editorconfig",
     "clippy.toml", ".clippy.toml", "rustfmt.toml", ".rustfmt.toml", "deny.toml", "release.toml", "cliff.toml", "cross.toml",
     "rust-toolchain", "rust-toolchain.toml", "taplo.toml", ".taplo.toml", "_typos.toml", "typos.toml", ".typos.toml", "flake.nix",
     "flake.lock", "cargo.toml.orig", ".cargo_vcs_info.json", ".cargo-ok", ".mailmap", "spellcheck.dic", "spellcheck.toml", "codeowners")
)  # fmt: skip
CI_NAMES = frozenset(
    (".travis.yml", "appveyor.yml", ".appveyor.yml", ".cirrus.yml", "bors.toml", "codecov.yml", ".codecov.yml", "renovate.json",
     ".gitlab-ci.yml", "azure-pipelines.yml", "triagebot.toml", "netlify.toml", "dependabot.yml", ".pre-commit-config.yaml")
)  # fmt: skip
NOT_ABOUT_THE_CODE = re.compile(
    r"(?:contributing|code[-_]of[-_]conduct|security|license|licence|copying|authors|maintainers|governance|support|notice|readme-release)"
    r"[\w.-]{0,40}|(?:pull_request|issue)_template.*",
    re.I,
)


def file_kind(path: str, counted: CountedFolders = CountedFolders()) -> FileKind:
    """Return what a file is for."""
    if _any(counted.docs, path):
        return FileKind.DOCS
    if _any(counted.examples, path):
        return FileKind.EXAMPLE
    *folders, name = path.lower().split("/")
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    within = set(folders)
    if name in PAGES:
        return FileKind.DOCS
    if name in CI_NAMES or within & CI_FOLDERS:
        return FileKind.CI
    if name in BUILD_NAMES or within & BUILD_FOLDERS or ending in (".sh", ".bash", ".ps1", ".nix"):
        return FileKind.BUILD
    if within & TESTS or stem in ("tests", "test") or (ending == ".rs" and stem.endswith(("_test", "_tests"))):
        return FileKind.TEST
    if within & BENCHES:
        return FileKind.BENCH
    if within & {"examples", "example"} and name != "readme.md":
        return FileKind.EXAMPLE
    if name == "cargo.toml":
        return FileKind.MANIFEST
    if ending == ".rs":
        return FileKind.CODE
    return _of_text(stem, ending, within)


def _of_text(stem: str, ending: str, within: set[str]) -> FileKind:
    written = ending in MARKDOWN or (ending in ("", ".txt") and (LOGS.fullmatch(stem) or stem == "readme"))
    if not written or NOT_ABOUT_THE_CODE.fullmatch(stem) or any(one.startswith("contribut") for one in within):
        return FileKind.OTHER
    if GUIDES.fullmatch(stem) or within & GUIDE_FOLDERS:
        return FileKind.MIGRATION
    if LOGS.fullmatch(stem) or within & LOG_FOLDERS:
        return FileKind.CHANGELOG
    if (
        stem.startswith("readme")
        or "src" in within
        or any(one in DOCS_FOLDERS or one.endswith("-book") for one in within)
    ):
        return FileKind.DOCS
    return FileKind.OTHER


def _any(patterns: Collection[str], path: str) -> bool:
    return any(path_matches(one, path) for one in patterns)
