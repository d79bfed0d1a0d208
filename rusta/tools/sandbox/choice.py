"""Choose a sandbox: the best one that a probe shows to work on this machine; none only if the user says so."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rusta.core.programs import find_program
from rusta.tools.sandbox.base import Broke, Limits, NoSandbox, SandboxCommand
from rusta.tools.sandbox.bubblewrap import Bubblewrap
from rusta.tools.sandbox.landlock import Landlock
from rusta.tools.sandbox.none import Unconfined
from rusta.tools.sandbox.protocol import Sandbox

KINDS: dict[str, type[Bubblewrap] | type[Landlock]] = {"bubblewrap": Bubblewrap, "landlock": Landlock}
PREFLIGHT = Limits(seconds=10, processes=8, memory_mb=256, disk_mb=1, output_mb=0.1)
# Succeeds only if TMPDIR is writable, the workspace is not, and this process's /proc entry is not visible.
PROBE = """: > "$TMPDIR/mine" && ! (: > yours) 2> /dev/null && [ ! -e "/proc/$0/status" ] || exit 3; echo contained"""


@dataclass(frozen=True)
class Confinement:
    """The settings `sandbox=auto|bubblewrap|landlock|none` and the limits of one command. Units as in `Limits`."""

    which: str = "auto"  # auto, bubblewrap, landlock or none
    seconds: float = Limits.seconds  # wall time of one command
    processes: int = Limits.processes  # of one command, at a time
    memory_mb: int = Limits.memory_mb  # resident, all processes of a command together
    disk_mb: int = Limits.disk_mb  # what one command may add to the places it can write to
    output_mb: float = Limits.output_mb  # stdout and stderr of one command together

    @property
    def limits(self) -> Limits:
        """The limits, for `Sandbox.run`."""
        return Limits(self.seconds, self.processes, self.memory_mb, self.disk_mb, self.output_mb)

    def choose(self, ask: Callable[[str], bool] | None = None) -> Sandbox:
        """Return the sandbox to use. Raises `NoSandbox`."""
        return choose(self.which, ask)


def choose(which: str = "auto", ask: Callable[[str], bool] | None = None) -> Sandbox:
    """Return the sandbox of that name, after a probe has shown that it works.

    `ask` puts a yes-or-no question to the user, if there is one. Raises `NoSandbox` with what was tried, why it failed,
    and how to fix it.
    """
    if which == "none":
        return Unconfined()
    if which != "auto" and which not in KINDS:
        raise NoSandbox(f"There is no sandbox {which}. There are: sandbox=auto, {', '.join(KINDS)}, none")
    failed: dict[str, str] = {}
    for name in KINDS if which == "auto" else [which]:
        sandbox = KINDS[name]()
        why = preflight(sandbox)
        if why is None:
            return sandbox
        failed[name] = why
    tried = " ".join(f"{name}: {why}." for name, why in failed.items())
    told = f"I have no sandbox to build strangers' code in. {tried}"
    question = f"{told} Without one, a build script can do whatever you can. Build without a sandbox?"
    if which == "auto" and ask is not None and ask(question):
        return Unconfined()
    raise NoSandbox(f"{told} {_remedy(failed)} Or do without, if you trust the code and its dependencies: sandbox=none")


def preflight(sandbox: Sandbox) -> str | None:
    """Run a probe in the sandbox and return why it does not work here; None if it does."""
    if sandbox.name == "bubblewrap" and find_program("bwrap") is None:
        return "bwrap is not installed"
    with tempfile.TemporaryDirectory(prefix="rusta-preflight-") as folder:
        command = SandboxCommand(("/bin/sh", "-c", PROBE, str(os.getpid())), Path(folder))
        try:
            ran = sandbox.run(command, PREFLIGHT)
        except Broke as broke:
            return broke.why
    if ran.stdout.strip() == b"contained" and ran.ok:
        return None
    return f"it ran a probe and did not contain it (exit status {ran.code}{', ' + ran.stopped if ran.stopped else ''})"


def _remedy(failed: dict[str, str]) -> str:
    """Return advice on how to fix it, with a command, as far as this machine's settings show."""
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "This system lets only named programs make user namespaces. Name bubblewrap: sudo apt install bubblewrap "
            "apparmor-profiles && sudo ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ "
            "&& sudo apparmor_parser -r /etc/apparmor.d/bwrap-userns-restrict"
        )
    if _setting("user/max_user_namespaces") == "0":
        return "User namespaces are switched off. Allow them: sudo sysctl user.max_user_namespaces=15000"
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return "User namespaces are for root alone. Allow them: sudo sysctl kernel.unprivileged_userns_clone=1"
    if "not installed" in failed.get("bubblewrap", ""):
        return "Install it: sudo apt install bubblewrap (or dnf, pacman, zypper)."
    return "In a container, start it with namespaces allowed: docker run --security-opt seccomp=unconfined"


def _setting(name: str) -> str | None:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return None
