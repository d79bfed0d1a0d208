"""`scripts/rusta`: what set-up says before it takes gigabytes, what it fetches unasked, and how `rusta` comes onto the PATH.

The interpreter in `.venv` is a stand-in that writes down what it was called with.
"""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = """#!/bin/sh
echo "$@" >>"$(dirname "$0")/../../called"
case "$*" in
    *--dry-run*) [ -n "$SMALLER" ] ;;
    *"pip install"*) echo "PIP IS RUNNING" >&2 ;;
esac
"""
Scripts = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a clone as the two scripts read, with a stand-in for the interpreter."""
    at = tmp_path / "clone"
    (at / ".venv/bin").mkdir(parents=True)
    (at / "scripts").mkdir()
    for name in ("rusta", "set-up"):
        shutil.copy(ROOT / "scripts" / name, at / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, at)
    (at / ".venv/bin/python").write_text(PYTHON)
    (at / ".venv/bin/python").chmod(0o755)
    (at / ".venv/bin/rusta").touch(0o755)
    return at


@pytest.fixture
def script(clone: Path, tmp_path: Path) -> Scripts:
    """Runs `scripts/rusta WORDS...` with a PATH that holds no `rusta`, and no GPU unless `gpu` says so."""

    def run(*words: str, gpu: bool = False, **env: str) -> "subprocess.CompletedProcess[str]":
        bin_ = tmp_path / "bin"
        bin_.mkdir(exist_ok=True)
        (bin_ / "nvidia-smi").write_text(f"#!/bin/sh\nexit {0 if gpu else 1}\n")
        (bin_ / "nvidia-smi").chmod(0o755)
        path = f"{bin_}:/usr/bin:/bin"
        env = {"PATH": path, "HOME": str(tmp_path / "person"), "RUSTA_HOME": str(tmp_path / "home"), **env}
        return subprocess.run(
            ["bash", str(clone / "scripts/rusta"), *words], env=env, capture_output=True, text=True, timeout=60
        )

    return run


def called(clone: Path) -> list[str]:
    return (clone / "called").read_text().splitlines() if (clone / "called").exists() else []


def test_the_size_is_said_before_anything_is_installed_and_how_to_have_it_smaller(script: Scripts, clone: Path) -> None:
    done = script("hello")
    assert done.returncode == 0, done.stderr
    before, _, after = done.stderr.partition("PIP IS RUNNING")
    assert (
        "5.4 GB" in before and "are free" in before and "CUDA libraries" in before and "PIP_EXTRA_INDEX_URL" in before
    )
    assert f"{clone}/scripts/rusta install" in after
    assert called(clone)[-1] == "-m rusta hello"
    assert "PIP IS RUNNING" not in script("hello").stderr  # once


def test_without_a_gpu_the_build_for_cpus_is_taken_where_the_registry_has_it(script: Scripts, clone: Path) -> None:
    done = script("hello", SMALLER="1")
    assert "2.0 GB" in done.stderr and "CUDA" not in done.stderr
    (installed,) = [words for words in called(clone) if "pip install" in words and "--dry-run" not in words]
    pinned = re.search(r"^torch==\S+", (clone / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned and installed.endswith(f"[mind] {pinned[0]}+cpu")


def test_a_disk_too_small_is_refused_before_anything_is_installed(script: Scripts, clone: Path, tmp_path: Path) -> None:
    script("install", RUSTA_BIN=str(tmp_path / "elsewhere"))
    (clone / ".venv/.made-of-mind").unlink()
    (tmp_path / "bin/df").write_text("#!/bin/sh\necho head; echo disk 9 9 3000000 9 /\n")
    (tmp_path / "bin/df").chmod(0o755)
    before = called(clone)
    done = script("hello")
    assert done.returncode == 1 and "3.0 GB are free, and about 5.4 GB are needed" in done.stderr
    assert not [words for words in called(clone)[len(before) :] if "--dry-run" not in words]


def test_with_a_gpu_no_smaller_build_is_looked_for(script: Scripts, clone: Path) -> None:
    done = script("hello", gpu=True, SMALLER="1")
    assert "5.4 GB" in done.stderr
    assert not [words for words in called(clone) if "+cpu" in words]


@pytest.mark.parametrize(
    ("words", "fetches"),
    [
        (["chat"], ["-m rusta fetch"]),
        (["mode=chat", "body=rtx3090"], ["-m rusta fetch body=rtx3090"]),
        (["+phase=personality"], ["-m rusta fetch"]),
        (["mode=plan", "+phase=personality"], []),
        (["devlog", "list"], []),
        (["sessions"], []),
        (["completion", "words", "--", "chat"], []),
        (["raise", "--help"], []),
        (["chat", "model.path=own.gguf"], []),
        ([], []),
    ],
    ids=" ".join,
)  # fmt: skip
def test_only_what_thinks_fetches_weights(words: list[str], fetches: list[str], script: Scripts, clone: Path) -> None:
    done = script(*words)
    assert done.returncode == 0, done.stderr
    assert [line for line in called(clone) if line.startswith("-m rusta fetch")] == fetches
    assert called(clone)[-1] == " ".join(["-m rusta", *words])


def test_install_links_the_program_and_says_what_is_missing_from_the_path(
    script: Scripts, clone: Path, tmp_path: Path
) -> None:
    for _ in range(2):  # the second time it is there already
        done = script("install")
        link = tmp_path / "person/.local/bin/rusta"
        assert done.returncode == 0, done.stderr
        assert link.is_symlink() and link.readlink() == clone / ".venv/bin/rusta"
        assert f'export PATH="{link.parent}:$PATH"' in done.stderr and "rusta completion bash" in done.stderr
    there = script("install", RUSTA_BIN=str(tmp_path / "bin"))
    assert (tmp_path / "bin/rusta").is_symlink() and "export PATH" not in there.stderr
    assert "scripts/rusta install" not in script().stderr  # it is on the PATH now


def test_install_leaves_a_program_of_that_name_that_is_not_ours(script: Scripts, tmp_path: Path) -> None:
    other = tmp_path / "person/.local/bin/rusta"
    other.parent.mkdir(parents=True)
    other.write_text("somebody's own")
    done = script("install")
    assert done.returncode == 1 and str(other) in done.stderr and "RUSTA_BIN" in done.stderr
    assert other.read_text() == "somebody's own"
