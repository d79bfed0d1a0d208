"""Asking the real cargo about a crate: which errors, in which order, and in whose words."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rusta.errors import RustaError

ORDER = ("lib", "rlib", "proc-macro", "bin", "custom-build", "test", "example", "bench")


class NoCargo(RustaError):
    """There is no toolchain to ask."""


@dataclass(frozen=True)
class Complaint:
    """One error as the compiler tells it. `code` is a word of ours where the compiler gives none."""

    code: str
    message: str
    rendered: str
    path: str  # relative to the crate, or empty
    line: int  # from 1; 0 without a place
    start: int  # bytes of the primary span
    end: int


@dataclass(frozen=True)
class Answer:
    """What a command said. `late` means that its time was over and that it was killed with its children."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    late: bool = False


class Runner(Protocol):
    """Runs a command: bare, or in a sandbox."""

    def __call__(self, argv: list[str], cwd: Path, env: Mapping[str, str], seconds: float) -> Answer:
        """Run it to its end, or to the end of its time."""
        ...


def bare(argv: list[str], cwd: Path, env: Mapping[str, str], seconds: float) -> Answer:
    """Without a sandbox; for code of our own."""
    began = time.perf_counter()
    with subprocess.Popen(
        argv, cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        late = False
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            late = True
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    passed = time.perf_counter() - began
    return Answer(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"), passed, late)


@dataclass(frozen=True)
class Compiler:
    """The real cargo with one target folder for every crate, offline, and with quiet colours."""

    target: Path
    run: Runner = bare
    seconds: float = 300.0  # generous: a machine may be busy with other things
    env: Mapping[str, str] = field(default_factory=dict)

    def cargo(self, crate: Path, *words: str) -> Answer:
        """Any cargo command in a crate. Raises `NoCargo`."""
        cargo = shutil.which("cargo") or str(Path.home() / ".cargo/bin/cargo")
        if not Path(cargo).exists():
            raise NoCargo("There is no cargo here, and broken crates need one. Install Rust: https://rustup.rs")
        env = {
            "CARGO_TARGET_DIR": str(self.target), "CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never",
            "CARGO_INCREMENTAL": "0", "CARGO_PROFILE_DEV_DEBUG": "0", "RUSTFLAGS": "", **self.env,
        }  # fmt: skip
        self.target.mkdir(parents=True, exist_ok=True)
        return self.run([cargo, *words], crate, env, self.seconds)

    def check(self, crate: Path) -> list[Complaint] | None:
        """`cargo check --tests`: its errors, the first one first; nothing when it passes, None when it did not get there."""
        answer = self.cargo(crate, "check", "--tests", "--message-format=json", "--quiet")
        found = complaints(answer.stdout, crate)
        if answer.code == 0:
            return []
        return found or None


def complaints(stream: str, crate: Path) -> list[Complaint]:
    """The errors of a JSON stream without repetitions: a library's before those of the tests that use it."""
    found: dict[tuple[str, str, str, int], tuple[int, Complaint]] = {}
    for row in stream.splitlines():
        said: dict[str, Any] = json.loads(row) if row.startswith("{") else {}
        if said.get("reason") != "compiler-message" or not said["message"]["level"].startswith("error"):
            continue
        message = said["message"]
        if message["message"].startswith("aborting due to"):
            continue
        span = next((span for span in message["spans"] if span["is_primary"]), None) or {}
        complaint = Complaint(
            code(message), message["message"], message["rendered"], _inside(span.get("file_name", ""), crate),
            span.get("line_start", 0), span.get("byte_start", 0), span.get("byte_end", 0),
        )  # fmt: skip
        kind = said["target"]["kind"][0]
        key = (complaint.code, complaint.message, complaint.path, complaint.start)
        found.setdefault(key, (ORDER.index(kind) if kind in ORDER else len(ORDER), complaint))
    return [complaint for _, complaint in sorted(found.values(), key=lambda pair: pair[0])]


def code(message: Mapping[str, Any]) -> str:
    """The code of an error; `lifetime` or `syntax` for two kinds to which the compiler gives none."""
    if message.get("code"):
        return message["code"]["code"]
    text = message["message"]
    if "lifetime may not live long enough" in text:
        return "lifetime"
    return "syntax" if re.search(r"expected|unclosed|mismatched closing|unexpected", text) else "uncoded"


def _inside(name: str, crate: Path) -> str:
    path = Path(name)
    if path.is_absolute():
        return str(path.relative_to(crate)) if path.is_relative_to(crate) else ""
    return name if (crate / name).is_file() else ""
