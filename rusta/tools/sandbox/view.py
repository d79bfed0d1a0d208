"""What untrusted code can see of this machine: a list of allowed paths, never one of forbidden paths."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rusta.core.home import standard
from rusta.core.programs import search_path
from rusta.tools.sandbox.base import BadView, SandboxCommand
from rusta.tools.sandbox.cargo_config import harmless
from rusta.tools.sandbox.environment import ENVIRONMENT
from rusta.tools.sandbox.stand_ins import stand_in_file
from rusta.tools.sandbox.tmpdir import private_tmp
from rusta.tools.sandbox.unreadable import unreadable

# The system, without files specific to this machine or its users.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
ETC = (
    "alternatives", "ca-certificates", "debian_version", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf",
    "ld.so.conf.d", "locale.alias", "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd", "pki/tls/certs",
    "protocols", "services", "ssl/certs", "terminfo", "timezone",
)  # fmt: skip
CARGO = ("bin", "env", "registry", "git/db", "git/checkouts")  # of CARGO_HOME; its credentials are not among them

CONFIGS = ("config.toml", "config")  # of cargo, shown without secrets
SOUGHT = (
    "Cargo.toml", "rust-toolchain", "rust-toolchain.toml", "clippy.toml", ".clippy.toml", "rustfmt.toml", ".rustfmt.toml",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """Existing absolute paths with symlinks resolved: read-only ones, ones hidden within those, and writable ones."""

    cwd: Path
    readable: tuple[Path, ...]
    hidden: tuple[Path, ...]
    writable: tuple[Path, ...]
    tmp: Path  # the private TMPDIR by its name outside
    env: dict[str, str]
    stand_ins: tuple[tuple[Path, Path], ...] = ()  # (file, the path where it is mounted)
    shown: tuple[Path, ...] = ()  # readable although inside a hidden path


def view(command: SandboxCommand) -> View:
    """Return what `command` sees. Makes missing writable folders, and a TMPDIR. Raises `BadView`."""
    cwd = command.cwd.resolve()
    root = around(cwd)
    if within(root, secrets()):
        raise BadView(f"{root} holds keys or diaries, and nothing is built there. Give me a crate: workspace=PATH")
    beside = [_readable(path) for path in command.readable]
    writable = tuple(_writable(path, root) for path in command.writable)
    configs = configurations(root)
    path = search_path()
    cargo, rustup = cargo_home(), rustup_home()
    shared = machine(command.argv[0], path, Path.home(), cargo, rustup)
    seen = _outermost([root, *beside, *shared, *configuration(root), *configs])
    # A hidden path may be inside a readable one (a repository that contains Rusta's folder), and must be covered.
    home = her_home()
    covered = [place / ".git" for place in (root, *beside)]
    covered += [place for place in (*secrets(), home) if within(place, seen)]
    hidden = _outermost([place for place in covered if os.path.lexists(place)])
    # Of Rusta's folder only the copy of the workspace in question is shown.
    shown = tuple(place for place in (root, *beside) if home in place.parents and within(place, hidden))
    for place in writable:
        if within(place, hidden) and home not in place.parents:
            raise BadView(f"{place} is where nothing in the sandbox may go. Choose another target folder.")
    env = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    env["PATH"] = os.pathsep.join(os.path.realpath(folder) for folder in path.split(os.pathsep) if folder)
    env |= {"CARGO_HOME": str(cargo), "RUSTUP_HOME": str(rustup), "CARGO_NET_OFFLINE": "true", **command.env}
    programs = unreadable(command.argv[0], env["PATH"], rustup)
    rebuilt = tuple((stand_in_file(harmless(place)), place) for place in configs)
    return View(cwd, seen, hidden, writable, private_tmp(), env, (*programs, *rebuilt), shown)


def within(path: Path, places: Iterable[Path]) -> bool:
    """Return whether a path is one of the places, or inside one."""
    return not {path, *path.parents}.isdisjoint(places)


def around(cwd: Path) -> Path:
    """Return the repository of `cwd`, else its outermost Cargo workspace, else `cwd`. Raises `BadView`."""
    if _too_wide(cwd):
        raise BadView(
            f"{cwd} is not a workspace: a build there could read everything of yours. Give me a crate: workspace=PATH"
        )
    if not cwd.is_dir():
        raise BadView(f"{cwd} is not a folder, so nothing can run in it. Give me a crate: workspace=PATH")
    above = [path for path in (cwd, *cwd.parents) if not _too_wide(path)]
    if (home := her_home()) in cwd.parents:  # a copy in Rusta's folder, whose other files are not part of it
        depth = len(home.parts) + (2 if cwd.is_relative_to(home / "scratch") else 0)
        above = [path for path in above if len(path.parts) > depth]
    repository = next((path for path in above if (path / ".git").exists()), None)
    crates = [path for path in above if (path / "Cargo.toml").exists()]
    return repository or (crates[-1] if crates else cwd)


def configuration(root: Path) -> list[Path]:
    """Return files that cargo and other tools look for above a crate; they fail if one exists and is unreadable."""
    return _there(f"{folder}/{name}" for folder in root.parents for name in SOUGHT)


def configurations(root: Path) -> list[Path]:
    """Return cargo's configuration files above a crate, and the user's own. They may hold secrets."""
    above = [f"{folder}/.cargo/{name}" for folder in root.parents for name in CONFIGS]
    return _there([*above, *(f"{cargo_home()}/{name}" for name in CONFIGS)])


def _there(paths: Iterable[str]) -> list[Path]:
    real = [Path(path).resolve() for path in paths if os.access(path, os.R_OK) and Path(path).is_file()]
    return [path for path in real if her_home() not in path.parents]


def secrets() -> list[Path]:
    """Return where keys, journals and tokens are. Only those inside a readable path need to be covered."""
    home, cargo, hers = Path.home(), cargo_home(), her_home()
    named = [home / name for name in (".ssh", ".gnupg", ".aws", ".docker", ".netrc", ".git-credentials")]
    hers_inside = [hers / name for name in ("devlogs", "sessions", "life", "dreams", "index.sqlite")]
    return [path.resolve() for path in [*named, *hers_inside, cargo / "credentials", cargo / "credentials.toml"]]


def her_home() -> Path:
    """Return Rusta's own folder."""
    return standard().resolve()


@cache
def machine(program: str, path: str, home: Path, cargo: Path, rustup: Path) -> tuple[Path, ...]:
    """Return what every command sees: the system, the toolchain without its keys, and the programs on PATH.

    From the user's home only the toolchain is included. Cached: these do not move during a run.
    """
    places = [Path(place) for place in (*SYSTEM, *(f"/etc/{name}" for name in ETC))]
    found = [cargo / name for name in CARGO] + [rustup]
    for folder in (Path(folder).resolve() for folder in path.split(os.pathsep) if folder):
        if not within(folder, {home.resolve()}):
            found += [folder.parent / name for name in ("bin", "sbin", "lib", "lib64", "libexec", "include")]
    for name in (program, "cargo", "rustc"):
        if at := shutil.which(name, path=path):
            real = Path(at).resolve()  # a toolchain's libraries are beside its programs
            found += [Path(at).parent, real.parent, real.parent.with_name("lib"), real.parent.with_name("libexec")]
    places += [place for place in (place.resolve() for place in found) if not _too_wide(place)]
    return _outermost([place for place in places if os.access(place, os.R_OK)])


def cargo_home() -> Path:
    """Return CARGO_HOME as cargo determines it."""
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()


def rustup_home() -> Path:
    """Return RUSTUP_HOME as rustup determines it."""
    return Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup").resolve()


def _readable(path: Path) -> Path:
    """Resolve a path outside of the workspace, such as a path dependency. Raises `BadView`."""
    real = path.resolve()
    if _too_wide(real) or within(real, secrets()):
        raise BadView(f"{real} holds keys or more than a build may read. Depend on a crate in a folder of its own.")
    return real


def _writable(path: Path, root: Path) -> Path:
    """Return the folder, made if missing.

    Raises `BadView`, also for a `target` in a repository that links elsewhere.
    """
    asked = path if path.is_absolute() else root / path
    real = asked.resolve()
    if asked.is_symlink() or (asked.is_relative_to(root) and not real.is_relative_to(root)):
        raise BadView(
            f"{asked} is a link to {real}, and what is built there would be written there. Remove the link first."
        )
    if _too_wide(real) or root.is_relative_to(real):
        raise BadView(f"{real} holds more than a build may write to. Choose a target folder of its own.")
    keys = (*secrets(), cargo_home())
    if within(real, keys) or any(within(place, {real}) for place in keys):
        raise BadView(f"{real} holds keys or diaries, and a build may not write there. Choose another target folder.")
    real.mkdir(parents=True, exist_ok=True)
    return real


def _too_wide(path: Path) -> bool:
    """Return whether a path is the root, a home folder, above one, or shared by all users."""
    return path in _wide(Path.home()) or path.parent == Path("/home")


@cache
def _wide(home: Path) -> frozenset[Path]:
    places = [
        home.resolve(),
        *map(Path, ("/root", "/home", "/tmp", "/etc", "/var/tmp", "/run", "/proc", "/sys", "/dev")),
    ]
    return frozenset(above for place in places for above in (place, *place.parents))


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the paths that are not inside another one. Sorting puts those inside a path right after it."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not (kept and path.is_relative_to(kept[-1])):
            kept.append(path)
    return tuple(kept)
