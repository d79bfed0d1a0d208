"""Hostile crates, their throwaway victims, and how one sees from outside whether an attack came through.

Each attack is a file of `hostile/`, built into a real crate as its build script or as a procedural macro it uses, and
run by a real `cargo check`: first without a sandbox, where it must succeed, or else it would prove nothing.
"""

import fcntl
import json
import os
import pty
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from rusta.tools import suggest
from rusta.tools.diagnostics import parse
from rusta.tools.lexing import unlisted
from rusta.tools.sandbox import Limits, Ran, Sandbox, SandboxCommand, Stopped, sanitize
from rusta.tools.sandbox.choice import KINDS
from rusta.tools.sandbox.folders import remove
from rusta.tools.sandbox.tmpdir import PREFIX, clear
from rusta.tools.sandbox.tree import below

SOURCES = Path(__file__).parent / "hostile"
SECRET = b"throwaway-secret-7f3a91c2"
LIMITS = Limits(seconds=60, processes=64, memory_mb=1500, disk_mb=400, output_mb=4)
RUSTUP_HOME = os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup")
BARE = "none"
MB = 10**6
PLANTED = "pub fn planted() { std::process::abort() }\n"


@dataclass
class World:
    """A person's machine in a folder: a home with keys, a diary, a crate in a repository, a process, an open port."""

    root: Path
    attack: "Attack"
    env: dict[str, str] = field(default_factory=dict)
    ear: socket.socket | None = None
    opened: bool = False
    bystander: "subprocess.Popen[bytes] | None" = None
    peak: int = 0  # processes seen below this one at a time
    claimed: int = 0  # bytes that it says it has put on the disk, at most, whatever is removed afterwards
    typed: bytes = b""
    sandboxed: bool = False
    took: float = 0
    ran: Ran | None = None

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def crate(self) -> Path:
        return self.root / "crate"

    @property
    def target(self) -> Path:
        return self.root / "target"

    @property
    def name(self) -> str:
        """Of its abstract socket."""
        return f"hostile-{self.root}"

    @property
    def loot(self) -> Path:
        return self.target / f"loot-{self.env['HOSTILE_RUN']}"  # a daemon of the run before may still be writing

    def looted(self, what: bytes = SECRET) -> bool:
        return self.loot.exists() and what in self.loot.read_bytes()

    def changed(self, path: str) -> bool:
        """Whether a file, below the root, is not as it was put there."""
        now = self.root / path
        return now.exists() != (path in FILES) or (now.exists() and now.read_text() != FILES[path])


FILES = {
    "home/.ssh/id_ed25519": SECRET.decode(),
    "home/.bashrc": "alias ll='ls -l'\n",
    "home/.cargo/credentials.toml": f'[registry]\ntoken = "{SECRET.decode()}"\n',
    "home/.cargo/config.toml": f"""# mine: {SECRET.decode()}
[http]
proxy = "http://me:{SECRET.decode()}@proxy.example.org"
[env]
CORP_KEY = "{SECRET.decode()}"
[registries]
corp = {{ index = "sparse+https://me:{SECRET.decode()}@example.org/", token = "{SECRET.decode()}" }}
""",
    "home/.cargo/bin/README": "",
    "rusta/devlogs/emotional/today.md": f"{SECRET.decode()}\n",
    "crate/README.md": "A crate.\n",
    "crate/.git/HEAD": "ref: refs/heads/main\n",
    "crate/.git/config": f"[remote]\nurl = https://{SECRET.decode()}@example.org/\n",
    "crate/.git/hooks/README": "",
}


@dataclass(frozen=True)
class Attack:
    """One hostile crate. `came_through` looks from outside, after the build."""

    name: str
    came_through: Callable[[World], bool]
    macro: bool = False
    limits: Limits = LIMITS
    around: Callable[[World], object] | None = None  # a context manager: the victim this attack needs
    may_fail_bare: str = ""  # why a well-kept machine may refuse it even without a sandbox
    terminal: bool = False
    before: str = ""  # what it achieved in a sandbox before it was held
    words: tuple[str, ...] = ()  # to cargo, besides the usual

    @property
    def source(self) -> str:
        return (SOURCES / f"{self.name}.rs").read_text()

    @property
    def does(self) -> str:
        return self.source.splitlines()[0].removeprefix("//! ")


def make(world: World) -> None:
    """The victims and the crate, fresh; what was compiled before stays."""
    for path, text in FILES.items():
        place = world.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (world.home / ".ssh/id_ed25519").chmod(0o600)
    for planted in ("home/.ssh/authorized_keys", "home/.cargo/bin/cargo-fmt", "crate/.git/hooks/pre-commit"):
        (world.root / planted).unlink(missing_ok=True)
    world.target.mkdir(exist_ok=True)
    for left in world.target.iterdir():
        if left.name not in ("debug", ".rustc_info.json", "CACHEDIR.TAG"):
            remove(left)
    _crate(world)


def _crate(world: World) -> None:
    body = (SOURCES / "prelude.rs").read_text() + world.attack.source.replace("//!", "//")
    hostile = '    fs::write(out("began"), "").unwrap();\n    if let Err(error) = attack() {\n        panic!("{error}");\n    }\n'
    files = {"Cargo.toml": '[package]\nname = "pleasant"\nversion = "0.1.0"\nedition = "2024"\n', "src/lib.rs": ""}
    if world.attack.macro:
        files["Cargo.toml"] += '[dependencies]\nhelpful = { path = "helpful" }\n[workspace]\n'
        files["src/lib.rs"] = "helpful::help!();\n"
        files["helpful/Cargo.toml"] = files["Cargo.toml"].partition("[dep")[0].replace("pleasant", "helpful")
        files["helpful/Cargo.toml"] += "[lib]\nproc-macro = true\n"
        files["helpful/src/lib.rs"] = (
            f"{body}\nuse proc_macro::TokenStream;\n#[proc_macro]\npub fn help(_: TokenStream) -> TokenStream {{\n"
            f"{hostile}    TokenStream::new()\n}}\n"
        )
    else:
        again = '    println!("cargo:rerun-if-env-changed=HOSTILE_RUN");\n'
        files["build.rs"] = f"{body}\nfn main() {{\n{again}{hostile}}}\n"
    for name, text in files.items():
        path = world.crate / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    if world.attack.macro:
        os.utime(world.crate / "src/lib.rs")  # the macro is expanded anew


@contextmanager
def living(world: World) -> Iterator[None]:
    """The environment of the person whose machine it is; everything in it is put back afterwards."""
    before = dict(os.environ)
    path = os.pathsep.join([*(_toolchain()), os.environ["PATH"]])
    os.environ.update(
        HOME=str(world.home), CARGO_HOME=str(world.home / ".cargo"), RUSTUP_HOME=RUSTUP_HOME, PATH=path,
        RUSTA_HOME=str(world.root / "rusta"), HOSTILE_TOKEN=SECRET.decode(), CARGO_REGISTRY_TOKEN=SECRET.decode(),
    )  # fmt: skip
    for name in ("CARGO_TARGET_DIR", "RUSTC_WRAPPER"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _toolchain() -> list[str]:
    found = shutil.which("cargo")
    return [str(Path(found).parent)] if found else []


def once(world: World, how: Sandbox | None) -> bool:
    """Build the crate without (None) or in a sandbox, and say whether its attack came through."""
    make(world)
    world.peak, world.claimed, world.typed, world.opened = 0, 0, b"", False
    world.ran, world.sandboxed = None, how is not None
    with ExitStack() as stack:
        stack.enter_context(living(world))
        world.env = {"HOSTILE_RUN": str(time.monotonic_ns())}
        world.env |= {
            "HOSTILE_HOME": str(world.home), "HOSTILE_LOOT": str(world.loot), "HOSTILE_WORKSPACE": str(world.crate),
            "HOSTILE_RUSTA": str(world.root / "rusta"), "HOSTILE_NAME": world.name,
            "CARGO_HOME": str(world.home / ".cargo"),
        }  # fmt: skip
        if world.attack.around is not None:
            stack.enter_context(world.attack.around(world))  # type: ignore[arg-type]
        if not (world.crate / "Cargo.lock").exists():  # as Rusta's hands do: outside, where no build script runs
            subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=world.crate, check=True)
        begun = time.monotonic()
        if world.attack.terminal:
            _in_a_terminal(world, how)
        else:
            world.ran = build(world, how)
        world.took = time.monotonic() - begun
        if not began(world):  # else a sandbox in which nothing works would pass
            said = sanitize(world.ran.stderr) if world.ran else "it left the terminal without a word"
            raise AssertionError(f"{world.attack.name} was not even begun: {said}")
        try:
            return world.attack.came_through(world)
        finally:
            for deep in ("deep", "shut"):  # more than a temporary folder's own end can clear away
                remove(world.target / deep)


def began(world: World) -> bool:
    """Whether the attack was begun. What a command over its disk limit wrote is gone, and it was begun."""
    return (world.target / "began").exists() or (world.ran is not None and world.ran.stopped is Stopped.disk)


def build(world: World, how: Sandbox | None) -> Ran:
    """One `cargo check`."""
    words = ("cargo", "check", "--offline", "--target-dir", str(world.target), *world.attack.words)
    if how is not None:
        return how.run(SandboxCommand(words, world.crate, (world.target,), world.env), world.attack.limits)
    begun = time.monotonic()
    session = not world.attack.terminal
    done = subprocess.run(
        words, cwd=world.crate, env=os.environ | world.env, capture_output=True, timeout=120, start_new_session=session
    )
    return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)


# ---- victims that have to be alive


@contextmanager
def bystander(world: World) -> Iterator[None]:
    """A process with a secret in its memory and in its environment, at work in the home."""
    code = (
        "import ctypes, sys, time\n"
        "held = ctypes.create_string_buffer(sys.stdin.buffer.readline().strip())\n"
        "print(ctypes.addressof(held), flush=True)\ntime.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=world.home, env={"TOKEN": SECRET.decode()},
    )  # fmt: skip
    assert process.stdin and process.stdout
    process.stdin.write(SECRET + b"\n")
    process.stdin.flush()
    world.env |= {"HOSTILE_ADDRESS": process.stdout.readline().decode().strip(), "HOSTILE_PID": str(process.pid)}
    world.bystander = process
    try:
        yield
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def ear(family: int, kind: int, address: Callable[[World], object]) -> Callable[[World], object]:
    """A socket of this machine, which hears what comes."""

    @contextmanager
    def listening(world: World) -> Iterator[None]:
        (world.crate / "s").unlink(missing_ok=True)
        with socket.socket(family, kind) as server:
            server.bind(address(world))  # type: ignore[arg-type]
            if family == socket.AF_INET:
                world.env["HOSTILE_PORT"] = str(server.getsockname()[1])
            if kind == socket.SOCK_STREAM:
                server.listen()
            world.ear = server
            yield
        (world.crate / "s").unlink(missing_ok=True)

    return listening


def heard(world: World) -> bool:
    """Whether somebody said anything to the socket."""
    assert world.ear
    if not select.select([world.ear], [], [], 0.1)[0]:
        return False
    if world.ear.type == socket.SOCK_DGRAM:
        return world.ear.recv(64) == b"owned"
    guest, _ = world.ear.accept()
    with guest:
        return guest.recv(64) == b"owned"


@contextmanager
def caller(world: World) -> Iterator[None]:
    """Somebody outside who tries a port until somebody opens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    world.env["HOSTILE_PORT"] = str(port)
    over = threading.Event()

    def call() -> None:
        while not over.wait(0.02):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as door:
                world.opened = door.recv(64) == b"owned" or world.opened

    yield from _beside(call, over)


@contextmanager
def in_colour(world: World) -> Iterator[None]:
    """Cargo takes escapes out of what it shows, unless it is asked for colours."""
    world.env["CARGO_TERM_COLOR"] = "always"
    yield


@contextmanager
def claims(world: World) -> Iterator[None]:
    """Notes how much the attack says to have written, while it says so: "4 MB" and a newline are five bytes."""
    over = threading.Event()

    def note() -> None:
        while not over.wait(0.002):
            with suppress(OSError):
                world.claimed = max(world.claimed, world.loot.stat().st_size // 5 * 4 * 2**20)

    yield from _beside(note, over)


@contextmanager
def linked(world: World) -> Iterator[None]:
    """A link among the keys, which says where something lies."""
    link = world.home / ".ssh/link"
    link.unlink(missing_ok=True)
    link.symlink_to(SECRET.decode())
    yield


@contextmanager
def home_inside(world: World) -> Iterator[None]:
    """Her home lies in the repository, with more in it than a diary."""
    home = world.crate / ".rusta"
    for name in ("undo/1", "drafts/a.md", "scratch/other/tree/src/lib.rs", "index.sqlite-wal", "permissions.json"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(SECRET)
    os.environ["RUSTA_HOME"] = str(home)  # put back with all the environment
    yield


@contextmanager
def forgery(world: World) -> Iterator[None]:
    """What a macro is to print."""
    span = {
        "file_name": "src/lib.rs", "byte_start": 0, "byte_end": 0, "line_start": 1, "line_end": 1, "column_start": 1,
        "column_end": 1, "is_primary": True, "label": None, "expansion": None,
        "text": [{"text": "helpful::help!();", "highlight_start": 1, "highlight_end": 1}],
        "suggested_replacement": PLANTED, "suggestion_applicability": "MachineApplicable",
    }  # fmt: skip
    said = {"message": "mend this", "code": None, "level": "help", "spans": [span], "children": [], "rendered": "help"}
    whole = said | {"$message_type": "diagnostic", "level": "error", "children": [said]}
    world.env["HOSTILE_FORGED"] = json.dumps(whole)
    yield


@contextmanager
def counter(world: World) -> Iterator[None]:
    """Counts processes from outside."""
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.02):
            world.peak = max(world.peak, len(below(os.getpid(), 10**4).pids))

    yield from _beside(count, over)


def _beside(work: Callable[[], None], over: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _in_a_terminal(world: World, how: Sandbox | None) -> None:
    """The build is started by a process that has a terminal, as Rusta has."""
    mine, theirs = pty.openpty()
    (world.root / "typed").unlink(missing_ok=True)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "WORLD": json.dumps(world.env)}
    words = [sys.executable, __file__, str(world.root), world.attack.name, how.name if how else BARE]
    with suppress(OSError):
        subprocess.run(words, stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True, timeout=120)
    os.close(theirs)
    with suppress(OSError):
        os.read(mine, 1 << 16)
    os.close(mine)
    typed = world.root / "typed"
    assert typed.exists(), "the process in the terminal did not come to its end"
    world.typed = typed.read_bytes()


def _at_the_terminal(root: str, name: str, how: str) -> None:
    """What runs in it: the build, and then a look at what a shell would now be asked to do."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    world = World(Path(root), BY_NAME[name], json.loads(os.environ["WORLD"]))
    build(world, None if how == BARE else KINDS[how]())
    waiting = select.select([0], [], [], 0.1)[0]
    (world.root / "typed").write_bytes(os.read(0, 64) if waiting else b"")


# ---- what one sees from outside


def goes_on(world: World) -> bool:
    """Whether anybody still writes after the build has ended."""
    time.sleep(0.3)
    before = world.loot.read_bytes() if world.loot.exists() else b""
    time.sleep(0.3)
    return world.loot.exists() and world.loot.read_bytes() != before


def added(world: World) -> int:
    """Bytes on disk that the attack left in the target folder."""
    return sum(path.stat().st_blocks * 512 for path in world.target.glob("filler-*"))


def killed(world: World) -> bool:
    assert world.bystander
    time.sleep(0.05)
    return world.bystander.poll() is not None


def shown(world: World) -> str:
    """What would reach a person's terminal: as it comes without a sandbox, made plain by Rusta."""
    assert world.ran
    everything = world.ran.stdout + world.ran.stderr
    return sanitize(everything) if world.sandboxed else everything.decode("utf-8", "replace")


def said(world: World) -> int:
    assert world.ran
    return len(world.ran.stdout) + len(world.ran.stderr)


def forged(world: World) -> bool:
    """Whether a message that no compiler wrote came out of cargo. What a build script prints by itself does not."""
    assert world.ran
    return b"forged by a stranger" in world.ran.stdout + world.ran.stderr


def taken(world: World) -> bool:
    """Whether what a macro printed would be put into the sources: by `cargo fix`, and by Rusta unasked."""
    assert world.ran
    was = (world.crate / "src/lib.rs").read_bytes()
    errors = parse(world.ran.stdout, world.crate).diagnostics
    applied = suggest.apply_suggestions(
        suggest.applicable_suggestions(errors), lambda path: (world.crate / path).read_bytes()
    )
    now = applied.files.get("src/lib.rs", was)
    return PLANTED.encode() in now and not (world.sandboxed and unlisted(was, now))


def of(path: str) -> Callable[[World], bool]:
    return lambda world: world.changed(path)


NO_PTRACE = "needs kernel.yama.ptrace_scope=0, or root"
ROOT_ONLY = "needs root"
NO_TIOCSTI = "needs dev.tty.legacy_tiocsti=1, or root"
HERE = ("127.0.0.1", 0)
FORKS, BOMB, FILL, FLOOD = 400, 2000, 160 * MB, 12 * MB  # what each of these does unhindered, or nearly

ATTACKS = (
    Attack("read_keys", World.looted),
    Attack("read_credentials", World.looted, macro=True),
    Attack("watch_outside", lambda world: world.loot.exists(), around=linked),
    Attack("read_cargo_config", World.looted),
    Attack("read_her_home", World.looted, around=home_inside),
    Attack("read_devlogs", World.looted, macro=True),
    Attack("read_environment", World.looted),
    Attack("read_others_environment", World.looted, around=bystander),
    Attack("read_git_config", World.looted, macro=True),
    Attack("read_memory", World.looted, around=bystander, may_fail_bare=NO_PTRACE),
    Attack("write_outside", of("home/.bashrc")),
    Attack("truncate_outside", of("home/.bashrc")),
    Attack("chmod_key", lambda world: (world.home / ".ssh/id_ed25519").stat().st_mode & 0o777 != 0o600),
    Attack("edit_workspace", of("crate/README.md"), macro=True),
    Attack("edit_git_hook", of("crate/.git/hooks/pre-commit")),
    Attack("poison_cargo_bin", of("home/.cargo/bin/cargo-fmt")),
    Attack("poison_cargo_config", of("home/.cargo/config.toml"), macro=True),
    Attack("escape_by_symlink", of("home/.ssh/authorized_keys")),
    Attack("escape_by_hard_link", of("home/.bashrc")),
    Attack("escape_by_proc_root", World.looted, around=bystander),
    Attack(
        "make_device",
        lambda world: (world.target / "disk").exists() and stat.S_ISBLK((world.target / "disk").stat().st_mode),
        may_fail_bare=ROOT_ONLY,
    ),
    Attack("forge_by_cargos_output", forged),
    Attack("forge_by_rustcs_output", forged),
    Attack("forge_by_macro", taken, macro=True, around=forgery, words=("--message-format=json",)),
    Attack("open_cargos_memory", lambda world: world.looted(b"opened"), may_fail_bare=NO_PTRACE),
    Attack("ptrace_cargo", lambda world: world.looted(b"attached"), may_fail_bare=NO_PTRACE),
    Attack("kill_outside", killed, around=bystander),
    Attack("tcp", heard, around=ear(socket.AF_INET, socket.SOCK_STREAM, lambda _: HERE)),
    Attack("udp", heard, around=ear(socket.AF_INET, socket.SOCK_DGRAM, lambda _: HERE)),
    Attack("unix_socket", heard, around=ear(socket.AF_UNIX, socket.SOCK_STREAM, lambda world: str(world.crate / "s"))),
    Attack("abstract_socket", heard, around=ear(socket.AF_UNIX, socket.SOCK_STREAM, lambda world: "\0" + world.name)),
    Attack(
        "datagram_pair",
        heard,
        around=ear(socket.AF_UNIX, socket.SOCK_DGRAM, lambda world: str(world.crate / "s")),
        before="the daemon heard it",
    ),
    Attack("listen", lambda world: world.opened, around=caller),
    Attack("fork_bomb", lambda world: world.peak >= FORKS, limits=replace(LIMITS, processes=40), around=counter),
    Attack(
        "fork_bomb_at_once",
        lambda world: world.peak >= BOMB,
        around=counter,
        before="18,861 tasks of 64, by a bomb that never ends, for root under bubblewrap",
    ),
    Attack("fill_disk", lambda world: added(world) >= FILL, limits=replace(LIMITS, disk_mb=60)),
    Attack("fill_disk_unseen", lambda world: world.looted(b"160 MB"), limits=replace(LIMITS, disk_mb=60)),
    Attack(
        "fill_disk_deep",
        lambda world: world.claimed >= FILL,
        limits=replace(LIMITS, disk_mb=60),
        around=claims,
        before="160 MB of 60, not even noticed, and left there",
    ),
    Attack(
        "fill_disk_shut",
        lambda world: world.claimed >= FILL,
        limits=replace(LIMITS, disk_mb=60),
        around=claims,
        before="160 MB of 60 for an ordinary user; root could list it",
    ),
    Attack(
        "fill_disk_at_once",
        lambda world: world.claimed >= FILL,
        limits=replace(LIMITS, disk_mb=60),
        around=claims,
        before="640 MB of 60, and left there",
    ),
    Attack(
        "fill_disk_mapped",
        lambda world: world.claimed >= 250 * MB,
        limits=replace(LIMITS, disk_mb=60),
        around=claims,
        before="300 MB of 60, not even noticed",
    ),
    Attack("eat_memory", lambda world: world.looted(b"80 blocks"), limits=replace(LIMITS, memory_mb=400)),
    Attack("outlive", goes_on),
    Attack("terminal_escapes", lambda world: "\x1b]0;owned" in shown(world), around=in_colour),
    Attack("flood", lambda world: said(world) > FLOOD, macro=True, limits=replace(LIMITS, output_mb=2)),
    Attack("forever", lambda world: world.looted(b"6 s"), limits=replace(LIMITS, seconds=3)),
    Attack("type_into_terminal", lambda world: b"owned" in world.typed, may_fail_bare=NO_TIOCSTI, terminal=True),
)
BY_NAME = {attack.name: attack for attack in ATTACKS}


# ---- what is done to her by somebody who is no crate


@dataclass(frozen=True)
class Plot:
    """What another user of this machine, or a process that is gone, has prepared for the next command. `root` is a folder for it."""

    name: str
    does: str
    came_through: Callable[[Path, Sandbox], bool]
    before: str


DEAD = 2**22 + 1  # no process has this number
NAMES = tuple(name.format(DEAD) for name in ("rusta-sandbox-{}-x", f"{PREFIX}{{}}-x"))  # where she looks, and looked


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """The system's folder for temporary files is `folder`, for a while."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    clear.cache_clear()
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        clear.cache_clear()


def _links(root: Path, sandbox: Sandbox) -> bool:
    mine = root / "mine"
    (mine / "inner").mkdir(parents=True)
    (mine / "inner").chmod(0o755)
    (root / "work").mkdir()
    with _temporary(root / "tmp") as folder:
        for name in set(NAMES):
            (folder / name).symlink_to(mine)
        sandbox.run(SandboxCommand(("true",), root / "work"), LIMITS)
    return not (mine / "inner").exists() or (mine / "inner").stat().st_mode & 0o777 != 0o755


def _depths(root: Path, sandbox: Sandbox) -> bool:
    (root / "work").mkdir()
    dig = "import os\nfor _ in range(1100):\n    os.mkdir('d'); os.chdir('d')"
    with _temporary(root / "tmp") as folder:
        for name in set(NAMES):
            (folder / name).mkdir()
            subprocess.run([sys.executable, "-I", "-S", "-c", dig], cwd=folder / name, check=True)
        try:
            return not sandbox.run(SandboxCommand(("true",), root / "work"), LIMITS).ok
        except RecursionError:
            return True
        finally:
            for name in NAMES:
                remove(folder / name)


PLOTS = (
    Plot(
        "link_in_tmp",
        "a local user's links in /tmp, named as her temporary folders are, to a folder of hers",
        _links,
        "every folder below it became 0700",
    ),
    Plot(
        "depth_in_tmp",
        "1,100 folders in each other, left in a temporary folder by a build that was killed",
        _depths,
        "RecursionError at every later start",
    ),
)

if __name__ == "__main__":
    _at_the_terminal(*sys.argv[1:])
