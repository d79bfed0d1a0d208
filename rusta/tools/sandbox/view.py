"""What a stranger's code gets to see of this machine: a list of what it may, never a list of what it may not."""

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
from rusta.tools.sandbox.stand_ins import kept
from rusta.tools.sandbox.tmpdir import private_tmp
from rusta.tools.sandbox.unreadable import unreadable

# The system, without what is particular to this machine or its people.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
ETC = (
    "alternatives", "ca-certificates", "debian_version", "group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf",
    "ld.so.conf.d", "locale.alias", "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd", "pki/tls/certs",
    "protocols", "services", "ssl/certs", "terminfo", "timezone",
)  # fmt: skip
CARGO = ("bin", "env", "registry", "git/db", "git/checkouts")  # of CARGO_HOME; its credentials are not among them

CONFIGS = ("config.toml", "config")  # of cargo, shown without what may be a secret
SOUGHT = (
    "Cargo.toml", "rust-toolchain", "rust-toolchain.toml", "clippy.toml", ".clippy.toml", "rustfmt.toml", ".rustfmt.toml",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """Absolute paths that exist, symlinks resolved: read-only, hidden within those, and writable."""

    cwd: Path
    readable: tuple[Path, ...]
    hidden: tuple[Path, ...]
    writable: tuple[Path, ...]
    tmp: Path  # the private TMPDIR as it is called outside
    env: dict[str, str]
    stand_ins: tuple[tuple[Path, Path], ...] = ()  # a file, and the one in whose place it is seen
    shown: tuple[Path, ...] = ()  # readable although they lie in a hidden place


def view(command: SandboxCommand) -> View:
    """What `command` sees. Makes the writable folders that are missing, and a TMPDIR. Raises `BadView`."""
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
    # A hidden place may stand within a readable one (a repository that holds her home), and must then be covered.
    home = her_home()
    covered = [place / ".git" for place in (root, *beside)]
    covered += [place for place in (*secrets(), home) if within(place, seen)]
    hidden = _outermost([place for place in covered if os.path.lexists(place)])
    # Of her home, the copy of the workspace that this is about, and nothing else.
    shown = tuple(place for place in (root, *beside) if home in place.parents and within(place, hidden))
    for place in writable:
        if within(place, hidden) and home not in place.parents:
            raise BadView(f"{place} is where nothing in the sandbox may go. Choose another target folder.")
    env = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    env["PATH"] = os.pathsep.join(os.path.realpath(folder) for folder in path.split(os.pathsep) if folder)
    env |= {"CARGO_HOME": str(cargo), "RUSTUP_HOME": str(rustup), "CARGO_NET_OFFLINE": "true", **command.env}
    programs = unreadable(command.argv[0], env["PATH"], rustup)
    rebuilt = tuple((kept(harmless(place)), place) for place in configs)
    return View(cwd, seen, hidden, writable, private_tmp(), env, (*programs, *rebuilt), shown)


def within(path: Path, places: Iterable[Path]) -> bool:
    """Whether it is one of the places, or inside one."""
    return not {path, *path.parents}.isdisjoint(places)


def around(cwd: Path) -> Path:
    """The repository that `cwd` is in, else its outermost Cargo workspace, else itself. Raises `BadView`."""
    if _too_wide(cwd):
        raise BadView(
            f"{cwd} is not a workspace: a build there could read everything of yours. Give me a crate: workspace=PATH"
        )
    if not cwd.is_dir():
        raise BadView(f"{cwd} is not a folder, so nothing can run in it. Give me a crate: workspace=PATH")
    above = [path for path in (cwd, *cwd.parents) if not _too_wide(path)]
    if (home := her_home()) in cwd.parents:  # a copy of hers: what lies around it is hers, and none of its business
        depth = len(home.parts) + (2 if cwd.is_relative_to(home / "scratch") else 0)
        above = [path for path in above if len(path.parts) > depth]
    repository = next((path for path in above if (path / ".git").exists()), None)
    crates = [path for path in above if (path / "Cargo.toml").exists()]
    return repository or (crates[-1] if crates else cwd)


def configuration(root: Path) -> list[Path]:
    """What cargo and its kin look for in every folder above a crate, and take offence at if it cannot be read."""
    return _there(f"{folder}/{name}" for folder in root.parents for name in SOUGHT)


def configurations(root: Path) -> list[Path]:
    """Files of cargo's configuration above a crate, and the person's own. They may hold secrets."""
    above = [f"{folder}/.cargo/{name}" for folder in root.parents for name in CONFIGS]
    return _there([*above, *(f"{cargo_home()}/{name}" for name in CONFIGS)])


def _there(paths: Iterable[str]) -> list[Path]:
    real = [Path(path).resolve() for path in paths if os.access(path, os.R_OK) and Path(path).is_file()]
    return [path for path in real if her_home() not in path.parents]


def secrets() -> list[Path]:
    """Where keys, diaries and tokens lie. Only those within something readable need to be covered."""
    home, cargo, hers = Path.home(), cargo_home(), her_home()
    named = [home / name for name in (".ssh", ".gnupg", ".aws", ".docker", ".netrc", ".git-credentials")]
    hers_inside = [hers / name for name in ("devlogs", "sessions", "life", "dreams", "index.sqlite")]
    return [path.resolve() for path in [*named, *hers_inside, cargo / "credentials", cargo / "credentials.toml"]]


def her_home() -> Path:
    """Rusta's own folder."""
    return standard().resolve()


@cache
def machine(program: str, path: str, home: Path, cargo: Path, rustup: Path) -> tuple[Path, ...]:
    """What every command sees: the system, the toolchain without its keys, and the programs on the PATH.

    Of what lies in a person's home, only the toolchain. Looked for once: it stays where it is while she runs.
    """
    places = [Path(place) for place in (*SYSTEM, *(f"/etc/{name}" for name in ETC))]
    found = [cargo / name for name in CARGO] + [rustup]
    for folder in (Path(folder).resolve() for folder in path.split(os.pathsep) if folder):
        if not within(folder, {home.resolve()}):
            found += [folder.parent / name for name in ("bin", "sbin", "lib", "lib64", "libexec", "include")]
    for name in (program, "cargo", "rustc"):
        if at := shutil.which(name, path=path):
            real = Path(at).resolve()  # in a toolchain, its libraries lie beside it
            found += [Path(at).parent, real.parent, real.parent.with_name("lib"), real.parent.with_name("libexec")]
    places += [place for place in (place.resolve() for place in found) if not _too_wide(place)]
    return _outermost([place for place in places if os.access(place, os.R_OK)])


def cargo_home() -> Path:
    """As cargo finds it."""
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()


def rustup_home() -> Path:
    """As rustup finds it."""
    return Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup").resolve()


def _readable(path: Path) -> Path:
    """A place beside the workspace, such as a path dependency."""
    real = path.resolve()
    if _too_wide(real) or within(real, secrets()):
        raise BadView(f"{real} holds keys or more than a build may read. Depend on a crate in a folder of its own.")
    return real


def _writable(path: Path, root: Path) -> Path:
    """The folder, made if missing. A repository may come with a `target` that leads elsewhere: that is refused."""
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
    """Whether it is the root, a person's home, above one, or shared by everybody."""
    return path in _wide(Path.home()) or path.parent == Path("/home")


@cache
def _wide(home: Path) -> frozenset[Path]:
    places = [
        home.resolve(),
        *map(Path, ("/root", "/home", "/tmp", "/etc", "/var/tmp", "/run", "/proc", "/sys", "/dev")),
    ]
    return frozenset(above for place in places for above in (place, *place.parents))


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Without those inside another, and in order, in which what lies inside a place follows right after it."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not (kept and path.is_relative_to(kept[-1])):
            kept.append(path)
    return tuple(kept)
