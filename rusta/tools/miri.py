"""Miri, where it is installed: the interpreter that sees undefined behaviour, and what it says of it as diagnostics.

It comes with a nightly toolchain and interprets a standard library that it builds once, in a folder of its own beside
the builds. What it finds while running it says only in rustc's format for people, on stderr, so that is read here.

Not covered: Miri's own flags (set MIRIFLAGS), and foreign functions, of which it says itself that it cannot.
"""

import os
import re
import subprocess
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import search_path
from rusta.tools.diagnostics import Child, Diagnostic, Level, Span

SECONDS = 20  # for rustup to start a proxy, and say that there is nothing behind it
GET = "rustup +nightly component add miri rust-src"

TITLE = re.compile(r"^(?P<level>error|warning)(?:\[(?P<code>\w+)\])?: (?P<message>.+)$")
ARROW = re.compile(r"^\s*--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$")
CHILD = re.compile(r"^(?:\s*= )?(?P<level>note|help): (?P<message>.*)$")
SOURCE = re.compile(r"^\s*\d+ \|(?: (?P<text>.*))?$")
# Sums, and what the machine that runs tests says after.
SUMS = re.compile(r"^(?:aborting due to|could not compile|test failed|\d+ targets? failed|process didn't exit)")
INDIRECT = (
    "Undefined Behavior: ",
    "unsupported operation: ",
    "memory leaked: ",
    "deadlock: ",
    "abnormal termination: ",
)


class NoMiri(RustaError):
    """There is no Miri behind `cargo miri`."""


def found(folder: Path) -> Path:
    """The nightly cargo that has a Miri. Raises `NoMiri`, with the command that installs it."""
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
    """The standard library for Miri, built once for a toolchain. No code of the crate's runs. Raises `NoMiri`."""
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
    """Diagnostics in the format for people. Paths are told relative to `folder`; cargo ran in `root` (default: the same)."""
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
    """A place without bytes: the format for people knows lines and columns alone."""
    path = Path(os.path.normpath(root / arrow["path"]))
    told = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
    line, column = int(arrow["line"]), int(arrow["column"])
    text = next((found["text"] or "" for at in below if (found := SOURCE.match(at))), None)
    return Span(told, 0, 0, line, column, line, column, primary, None, (text,) if text is not None else ())
