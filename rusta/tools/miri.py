"""Find Miri, the interpreter that detects undefined behaviour, and parse its output into diagnostics.

It comes with a nightly toolchain and interprets a standard library that it builds once, in a folder of its own next to
the target folder. What it finds at run time is printed only in rustc's human-readable format, on stderr.

Not covered: Miri's own flags (set MIRIFLAGS), and foreign functions, which Miri reports as unsupported.
"""

import os
import re
import subprocess
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import search_path
from rusta.tools.diagnostics import Child, Diagnostic, Level, Span

SECONDS = 20  # for rustup to start a proxy, or report that the component is not installed
GET = "rustup +nightly component add miri rust-src"

TITLE = re.compile(r"^(?P<level>error|warning)(?:\[(?P<code>\w+)\])?: (?P<message>.+)$")
ARROW = re.compile(r"^\s*--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
CHILD = re.compile(r"^(?:\s*= )?(?P<level>note|help): (?P<message>.*)$")
SOURCE = re.compile(r"^\s*\d+ \|(?: (?P<text>.*))?$")
# Totals, and the messages that cargo's test runner prints after them.
SUMS = re.compile(r"^(?:aborting due to|could not compile|test failed|\d+ targets? failed|process didn't exit)")
INDIRECT = (
    "Undefined Behavior: ",
    "unsupported operation: ",
    "memory leaked: ",
    "deadlock: ",
    "abnormal termination: ",
)


class NoMiri(RustaError):
    """Miri is not installed."""


def find_miri(folder: Path) -> Path:
    """Return the nightly cargo that has Miri. Raises `NoMiri`, with the command that installs it."""
    env = {**os.environ, "RUSTUP_AUTO_INSTALL": "0"}
    why = f"Install it: {GET}"
    try:
        has = subprocess.run(
            ("cargo", "+nightly", "miri", "--version"), cwd=folder.anchor, capture_output=True, env=env, timeout=SECONDS
        )
        cargo = subprocess.run(
            ("rustup", "which", "--toolchain", "nightly", "cargo"), cwd=folder.anchor, capture_output=True, text=True,
            env=env, timeout=SECONDS,
        )  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired):
        raise NoMiri(f"I could not ask for Miri: there is no rustup here that answers. {why}") from None
    if has.returncode or cargo.returncode:
        raise NoMiri(f"Miri is not here, so I cannot watch this crate for undefined behaviour. {why}")
    return Path(cargo.stdout.strip())


def library(cargo: Path, at: Path) -> Path:
    """Build the standard library for Miri in `at` unless it is there, and return `at`.

    None of the crate's code is run. Raises `NoMiri`.
    """
    if (at / "lib").is_dir():
        return at
    env = {**os.environ, "MIRI_SYSROOT": str(at), "PATH": f"{cargo.parent}{os.pathsep}{search_path()}"}
    made = subprocess.run((str(cargo), "miri", "setup"), cwd=at.anchor, capture_output=True, text=True, env=env)
    if made.returncode:
        raise NoMiri(
            f"Miri is here, and its standard library could not be built: {made.stderr.strip()[-400:]} Try: {GET}"
        )
    return at


def parse(stderr: bytes, folder: Path, root: Path | None = None) -> tuple[Diagnostic, ...]:
    """Parse diagnostics in the human-readable format.

    Paths become relative to `folder`; cargo ran in `root` (default: `folder`).
    """
    found: list[Diagnostic] = []
    block: list[str] = []
    for line in [*stderr.decode("utf-8", "replace").splitlines(), ""]:
        if line.strip():
            block.append(line)
        else:
            one = _diagnostic(block, folder, root or folder)
            if one:
                found.append(one)
            block = []
    return tuple(found)


def _diagnostic(block: list[str], folder: Path, root: Path) -> Diagnostic | None:
    start = next((n for n, line in enumerate(block) if TITLE.match(line)), None)
    if start is None:
        return None
    lines = block[start:]
    title = TITLE.match(lines[0])
    assert title
    if SUMS.match(title["message"]):
        return None
    spans: list[Span] = []
    children: list[Child] = []
    for n, line in enumerate(lines[1:], 1):
        if arrow := ARROW.match(line):
            span = _span(arrow, lines[n + 1 : n + 4], folder, root, primary=not children)
            if children:
                last = children[-1]
                children[-1] = Child(last.level, last.message, (*last.spans, span))
            else:
                spans.append(span)
        elif child := CHILD.match(line):
            children.append(Child(Level(child["level"]), child["message"], ()))
    code = title["code"] or next(
        (kind.removesuffix(": ") for kind in INDIRECT if title["message"].startswith(kind)), None
    )
    rendered = "\n".join(lines)
    return Diagnostic(Level(title["level"]), code, title["message"], tuple(spans), tuple(children), rendered, ())


def _span(arrow: "re.Match[str]", below: list[str], folder: Path, root: Path, primary: bool) -> Span:
    """Return a span with byte offsets 0: the human-readable format has lines and columns only."""
    path = Path(os.path.normpath(root / arrow["path"]))
    told = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
    line, column = int(arrow["line"]), int(arrow["column"])
    text = next((found["text"] or "" for at in below if (found := SOURCE.match(at))), None)
    return Span(told, 0, 0, line, column, line, column, primary, None, (text,) if text is not None else ())
