"""Repositories as a stranger may give them, and a program that tells when it was run."""

import os
import subprocess
from pathlib import Path

MANIFEST = '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2021"\n'


def git(folder: Path, *words: str, stdin: str = "") -> str:
    world = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "protocol.file.allow=always")
    ran = subprocess.run(
        ["git", *who, *words], cwd=folder, env=os.environ | world, capture_output=True, text=True, input=stdin
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def make_trap(folder: Path) -> Path:
    """A program that leaves a file `sprung` beside it when it is run."""
    program = folder / "trap"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {folder / "sprung"}\nexit 1\n')
    program.chmod(0o755)
    return program


def sprung(trap: Path) -> str:
    """What ran the program, and with which words; empty where nothing did."""
    said = trap.with_name("sprung")
    return said.read_text() if said.is_file() else ""


def fetches_lazily(git_dir: Path, work_tree: str, trap: Path) -> None:
    """Have the repository's index name a blob that is not there, and its configuration a program that would bring it."""
    missing = "1" * 40
    at = ("--git-dir", str(git_dir), "--work-tree", str(git_dir / work_tree))
    git(git_dir / work_tree, *at, "update-index", "--add", "--cacheinfo", f"100644,{missing},.gitignore")
    git(git_dir / work_tree, *at, "update-index", "--skip-worktree", ".gitignore")
    settings = {
        "core.repositoryFormatVersion": "1", "core.bare": "false", "core.worktree": work_tree, "extensions.partialClone": "origin",
        "remote.origin.url": ".", "remote.origin.promisor": "true", "remote.origin.uploadpack": f"{trap} #",
        "protocol.allow": "always", "protocol.file.allow": "always",
    }  # fmt: skip
    for key, value in settings.items():
        git(git_dir, "config", "--file", "config", key, value)


def crate(folder: Path, name: str, more: str = "") -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST % name + more)
    (folder / "src/lib.rs").write_text("pub fn f() {}\n")
    return folder
