"""Mount execute-only copies of cargo and rustc, so that other processes cannot open their file descriptors.

A build script runs as the same user as cargo. Through `/proc/PID/fd` it could open the pipes on which rustc sends its
diagnostics to cargo, and cargo to Rusta. The kernel refuses that (and `/proc/PID/mem`, and ptrace) for a process whose
program its user may not read: execve(2) makes it non-dumpable, see ptrace(2), "ptrace access mode checking". So each
process of Rusta copies cargo and rustc once, with mode 0111, and the copies are mounted over the originals.

Not covered: a toolchain whose programs are scripts, a temporary folder that is mounted noexec, and a program that a
build script has put where cargo looks for rustc. Then `/proc` is as open as without. An ordinary user outside cannot
list the descriptors of such a process either, so a file that rustc itself (a proc macro) writes and unlinks is not
counted.
"""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from rusta.tools.sandbox.stand_ins import stand_in_folder

PROGRAMS = ("cargo", "rustc")
ELF = b"\x7fELF"
MODE = 0o111


def unreadable(program: str, path: str, rustup: Path) -> tuple[tuple[Path, Path], ...]:
    """Return (copy, original) pairs for the programs of a cargo command's toolchain; () for other commands."""
    if not Path(program).name.startswith("cargo"):
        return ()
    pairs = ((copy, place) for place in _places(program, path, rustup) if (copy := _copied(place)))
    return tuple(pairs)


def _places(program: str, path: str, rustup: Path) -> list[Path]:
    """Return the programs this command may run. For a rustup proxy these are the programs of every toolchain."""
    found: dict[Path, None] = {}
    for name in PROGRAMS:
        at = shutil.which(program if Path(program).name == name else name, path=path)
        real = Path(at).resolve() if at else None
        if real is None:
            continue
        proxy = real.with_name("rustup")
        same = proxy.exists() and proxy.samefile(real)
        found |= dict.fromkeys(rustup.glob(f"toolchains/*/bin/{name}") if same else [real])
    return [place.resolve() for place in found]


def _copied(place: Path) -> Path | None:
    try:
        now = place.stat()
        return _copy(os.getpid(), place, now.st_mtime_ns, now.st_size)
    except OSError:  # no space left, or it is gone: the build continues without
        return None


@cache
def _copy(pid: int, place: Path, changed: int, size: int) -> Path | None:
    with place.open("rb") as program:
        if program.read(len(ELF)) != ELF:
            return None
    folder = stand_in_folder()
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return None
    copy = Path(tempfile.mkdtemp(dir=folder), place.name)
    shutil.copyfile(place, copy)
    os.utime(copy, ns=(changed, changed))  # cargo detects a new compiler by its modification time
    copy.chmod(MODE)
    return copy
