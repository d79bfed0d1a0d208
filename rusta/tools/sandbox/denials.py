"""Explain what a sandbox refused, in place of `os error 13`: the user has to know that it was the sandbox."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from rusta.tools.sandbox.base import Denial
from rusta.tools.sandbox.plain import sanitize
from rusta.tools.sandbox.view import View, cargo_home, rustup_home

LOOK = 1 << 18  # bytes searched at the end of each stream
BEFORE = 3  # lines: cargo and rustc name the path up to so many lines above the cause
MOST = 8

# As printed by Rust, libc and cargo. `ErrorKind::PermissionDenied` in source code does not count.
_REFUSED = re.compile(
    r"os error (?:1|13|30)\b|code: (?:1|13|30), kind"
    r"|: (?:Permission denied|Operation not permitted|Read-only file system)"
)
_NOT_THERE = re.compile(r"os error 2\b|code: 2, kind|: No such file or directory")
_ACROSS = re.compile(r"os error 18\b|code: 18, kind|: Invalid cross-device link")
_NETWORK = re.compile(
    r"os error (?:99|100|101|111)\b|code: (?:99|100|101|111), kind|: Network is unreachable"
    r"|Temporary failure in name resolution|failed to lookup address information|[Cc]ould(?: not|n't) resolve host"
)
_UNFETCHED = re.compile(r"--offline was specified|the --offline flag|offline mode|you may not perform network")
_FULL = re.compile(r"os error (?:27|28|122)\b|code: (?:27|28|122), kind|No space left on device|: File too large")
_MANY = re.compile(r"os error 11\b|code: 11, kind|: Resource temporarily unavailable|[Cc]annot fork")
_PATH = re.compile(r"(?:^|[`'\"(\s=:])(/[^`'\"):;,\s\\]+)")
_LOCK = re.compile(r"Cargo\.lock\b")
_SOCKET = re.compile(r"os error 97\b|code: 97, kind|: Address family not supported")
_NOT_PERMITTED = re.compile(r"os error 1\b|code: 1, kind|: Operation not permitted")

_ANY = re.compile(
    r"os error|code: \d|: [A-Z]|-offline|offline |network|[Tt]emporar|[Cc]annot fork|resolve host|on device|lookup"
)


def denials(stdout: bytes, stderr: bytes, view: View) -> tuple[Denial, ...]:
    """Return each refusal that the output mentions, once. One that a program did not print is not found."""
    found: dict[Denial, None] = {}
    for stream in (stderr, stdout):
        for denial in _in(sanitize(stream[-LOOK:]).splitlines(), view):
            found.setdefault(denial)
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def _in(lines: list[str], view: View) -> Iterator[Denial]:
    for n, line in enumerate(lines):
        if not _ANY.search(line):
            continue
        near = "\n".join(lines[max(0, n - BEFORE) : n + 1])
        if _UNFETCHED.search(line):
            yield Denial("a download", "builds run offline in here. Fetch first, outside: cargo fetch")
        elif _NETWORK.search(line):
            yield Denial("the network", "a build reaches nothing but its own loopback, and nothing of this machine's")
        elif _SOCKET.search(line):
            yield Denial("a socket", "a build has a loopback of its own, and no unix sockets but connected pairs")
        elif _FULL.search(line):
            yield Denial("more disk", "what a command may write is limited. Allow more: sandbox.disk_mb=N")
        elif _MANY.search(line):
            yield Denial("another process", "how many may run at once is limited. Allow more: sandbox.processes=N")
        elif _ACROSS.search(line):
            yield Denial("a link", "nothing may be linked into the target folder from outside it", _path(near))
        elif _REFUSED.search(line):
            yield _refused(near, _path(near), view)
        elif _NOT_THERE.search(line) and (path := _path(near)) and _unseen(Path(path), view):
            yield Denial(f"a look at {path}", "it is there, and a build is not shown it", path)


def _refused(near: str, path: str | None, view: View) -> Denial:
    if _LOCK.search(near):
        why = "a build does not write to the workspace. Make the lock file first, outside: cargo generate-lockfile"
        return Denial("a new Cargo.lock", why, path)
    if path is None:
        if _NOT_PERMITTED.search(near):
            return Denial("a system call", "the output does not say which, only that a build may not make it")
        why = f"the output does not name it. A build may read its workspace and the toolchain, and write to {_and(view.writable)}"
        return Denial("access to a file", why)
    at = Path(path)
    if ".git" in at.parts:
        why = "a build has no business with the repository's history, hooks or configuration"
    elif at.is_relative_to(cargo_home()) or at.is_relative_to(rustup_home()):
        why = "the toolchain is shared by everything you build, so a build may only read it, and never its keys"
    elif any(at.is_relative_to(place) for place in (*view.writable, view.tmp)):
        why = "it lies where a build may write, so it was the file's own permissions that refused, and not I"
    elif any(at.is_relative_to(place) for place in view.readable):
        why = f"a build may read it and not write it. It may write to {_and(view.writable)}"
    else:
        why = f"it is outside what a build may see. It may write to {_and(view.writable)}"
    return Denial(f"access to {path}", why, path)


def _and(places: tuple[Path, ...]) -> str:
    return ", ".join([*map(str, places), "its own TMPDIR"])


def _path(near: str) -> str | None:
    """Return the last absolute path in the text, which is nearest to the cause."""
    found = _PATH.findall(near)
    return found[-1].rstrip(".") if found else None


def _unseen(path: Path, view: View) -> bool:
    """Return whether a path exists outside, but is not visible inside."""
    seen = any(path.is_relative_to(place) for place in (*view.readable, *view.writable, view.tmp))
    hidden = any(path.is_relative_to(place) for place in view.hidden)
    return (hidden or not seen) and os.path.lexists(path)
