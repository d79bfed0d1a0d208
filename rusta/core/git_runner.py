"""Git, started here and nowhere else: no program runs that a repository names, and no connection is opened unasked.

A repository may come from a stranger, as a clone or as an archive with a `.git` folder in it. What its configuration,
attributes and hooks can have git start is switched off in three ways: by settings that outrank the repository's
(`SETTINGS`), by the environment (`environment`), and, for programs whose names the repository chooses (filters, merge
drivers, configured hooks, credential helpers), by reading those names first and setting each to nothing. A bare
repository is used only where it is named (`git_dir`), one that lies in a work tree never. The person's own and the
system's configuration is not read; `owners_setting` asks for one value of it.

Whoever starts git by another library (GitPython) gives it `command(...)` and `environment(...)`, the latter as the whole
environment: put on top of the process's own, it leaves GIT_DIR and its like standing.

Not covered: what git prints is a stranger's text; `include.path` may have git read, as configuration, a file that
the person can read; with `protocols`, the repository's `url.*.insteadOf` and `http.*` say which server is asked. Git
older than 2.38 does not know `safe.bareRepository`; the programs are off there all the same.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find, search_path

SECONDS = 120  # after which a git that does not end is taken for stuck
GRACE_S = 2.0  # that a git which is ended has to remove its lock files

SETTINGS: Mapping[str, str] = {
    "safe.bareRepository": "explicit", "safe.directory": "*", "protocol.allow": "never",
    "core.hooksPath": os.devnull, "core.fsmonitor": "false", "core.attributesFile": os.devnull, "core.pager": "cat",
    "core.editor": "false", "core.askPass": "", "core.quotePath": "false", "credential.helper": "", "diff.external": "",
    "gpg.program": "false", "gpg.openpgp.program": "false", "gpg.x509.program": "false", "gpg.ssh.program": "false",
    "gpg.ssh.defaultKeyCommand": "", "commit.gpgSign": "false", "tag.gpgSign": "false", "log.showSignature": "false",
    "merge.verifySignatures": "false", "submodule.recurse": "false", "fetch.recurseSubmodules": "false",
    "gc.auto": "0", "maintenance.auto": "false",
}  # fmt: skip

FLAGS: Mapping[str, Sequence[str]] = {
    "diff": ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty"),
    "diff-index": ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty"),
    "diff-tree": ("--no-ext-diff", "--no-textconv", "--no-color"),
    "log": ("--no-ext-diff", "--no-textconv", "--no-color"),
    "status": ("--ignore-submodules=dirty",),
    **dict.fromkeys(
        ("add", "cat-file", "commit-graph", "commit-tree", "config", "fast-export", "fast-import", "fsck", "init", "ls-files", "merge-file",
         "prune-packed", "read-tree", "repack", "rev-parse", "symbolic-ref", "update-index", "update-ref", "write-tree"), ()),
}  # fmt: skip
"""Every command that is used, and the options that keep it from starting what SETTINGS cannot reach. No other is run."""

RUN_NONE = {"config", "init", "merge-file", "rev-parse", "symbolic-ref"}
"""Commands that ask neither attributes nor hooks, so that the repository's names for programs need not be known."""

NAMED: Mapping[tuple[str, str], str] = {
    **{("filter", key): "" for key in ("clean", "smudge", "process")}, ("filter", "required"): "false",
    ("diff", "command"): "", ("diff", "textconv"): "", ("merge", "driver"): "false",
    ("hook", "command"): "", ("hook", "event"): "", ("hook", "enabled"): "false",
    ("remote", "uploadpack"): "git-upload-pack", ("remote", "receivepack"): "git-receive-pack",
    ("remote", "promisor"): "false", ("remote", "vcs"): "",
}  # fmt: skip
"""Settings `section.NAME.key` that say what to run, NAME being the repository's choice, and what they are set to."""

GitTimestamp = tuple[int, int, int]
_known: dict[Path, tuple[GitTimestamp, tuple[str, ...]]] = {}


class GitError(RustaError):
    """Git could not be run."""


class NoGit(GitError):
    """There is no git on this machine."""


class GitSlow(GitError):
    """Git did not end in the time that it had, and was ended."""


class BadRepository(GitError):
    """The repository's configuration cannot be read. `answer` is what git said of it."""

    def __init__(self, folder: Path, answer: "subprocess.CompletedProcess[bytes]") -> None:
        said = answer.stderr.decode("utf-8", "replace").strip()
        super().__init__(f"git cannot read the configuration of the repository at {folder}: {said}")
        self.answer = answer


def run(
    *words: str, folder: Path, git_dir: Path | None = None, work_tree: Path | None = None, stdin: bytes = b"",
    settings: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None, protocols: Sequence[str] = (),
    pass_fds: Sequence[int] = (), seconds: float = SECONDS, umask: int = -1,
) -> "subprocess.CompletedProcess[bytes]":  # fmt: skip
    """Run git in `folder` to its end, whatever its exit status. `words` begin with the command.

    Without `git_dir` git looks for the repository from `folder` upwards. `settings` and `env` (GIT_ variables are taken
    from nowhere else) come on top of those that keep it harmless. `protocols` opens the network: those that the owner
    has asked for, such as ("https", "ssh"). `umask` is for what git makes, this process's
    own where it is -1. Raises `GitError`: `NoGit`, or `GitSlow` after `seconds`.
    """
    world = environment(protocols) | dict(env or {})
    try:
        argv = command(*words, folder=folder, git_dir=git_dir, work_tree=work_tree, settings=settings, env=env)
    except BadRepository as bad:
        return bad.answer
    return _start(argv, folder, world, stdin, pass_fds, seconds, umask)


def command(
    *words: str, folder: Path, git_dir: Path | None = None, work_tree: Path | None = None,
    settings: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """The whole command line: git by its path, the settings, the command, its options. Parameters as in `run`.

    Reads the repository's configuration. Raises `GitError`, also where it names a program that cannot be switched off.
    """
    name, *rest = words
    if name not in FLAGS:
        raise GitError(f"git {name} is not among the commands that I run. Those are: {', '.join(sorted(FLAGS))}")
    program = find("git")
    if program is None:
        raise NoGit("There is no git on PATH. Install it: apt install git")
    options = [f"--git-dir={git_dir}"] if git_dir else []
    options += [f"--work-tree={work_tree}"] if work_tree else []
    chosen = dict(SETTINGS) | dict(settings or {})
    start = [program, "--no-pager", *(word for key, value in chosen.items() for word in ("-c", f"{key}={value}"))]
    off = () if name in RUN_NONE else _named_programs([*start, *options], folder, git_dir, env)
    return [*start, *(word for one in off for word in ("-c", one)), *options, name, *FLAGS[name], *rest]


def environment(protocols: Sequence[str] = ()) -> dict[str, str]:
    """The caller's environment without what steers git, and with what keeps it quiet. `protocols` as in `run`."""
    if odd := [one for one in protocols if not re.fullmatch(r"[a-z]+", one) or one in ("ext", "fd")]:
        raise GitError(f"git is not let use the protocol {odd[0]!r}. Name one that fetches, such as https or ssh.")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "PATH": search_path(), "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": ":".join(protocols),  # outranks protocol.NAME.allow, which outranks protocol.allow
        "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "GIT_PROXY_COMMAND": "",
        "GIT_EDITOR": "false", "GIT_SEQUENCE_EDITOR": "false", "GIT_PAGER": "cat",
    }  # fmt: skip


def owners_setting(key: str, *options: str) -> str:
    """One of the person's own settings, such as `user.name`; empty where there is none, or no git. Only read.

    `options` are of `git config`, such as "--type=path".
    """
    program = find("git")
    if program is None:
        return ""
    theirs = {name: value for name, value in environment().items() if name != "GIT_CONFIG_GLOBAL"}
    theirs |= {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL",) if name in os.environ}
    argv = [program, "config", "--global", *options, "--get", key]
    asked = _start(argv, Path("/"), theirs, b"", (), SECONDS)
    return asked.stdout.decode("utf-8", "replace").strip()


def _named_programs(
    start: list[str], folder: Path, git_dir: Path | None, env: Mapping[str, str] | None
) -> tuple[str, ...]:
    """What sets to nothing, as `key=value`, each program to which the repository's configuration gives a name."""
    stamp = _stamp(git_dir / "config") if git_dir else None
    if git_dir and stamp and (known := _known.get(git_dir)) and known[0] == stamp:
        return known[1]
    asked = [*start, "config", "--list", "-z", "--name-only"]
    listed = _start(asked, folder, environment() | dict(env or {}), b"", (), SECONDS)
    if listed.returncode:
        raise BadRepository(folder, listed)
    names = os.fsdecode(listed.stdout).split("\0")
    off = tuple(dict.fromkeys(_off(names)))
    if git_dir and stamp and not any(name.startswith(("include", "extensions.worktree")) for name in names):
        _known[git_dir] = (stamp, off)  # all of it stands in that one file
    return off


def _off(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        section, _, rest = name.partition(".")
        which, _, key = rest.rpartition(".")
        if not which or (section, key) not in NAMED:
            continue
        if "=" in name or "\n" in name:  # on a command line the first `=` ends the key
            raise GitError(
                f"The repository's configuration names a program as {name!r}, which I cannot switch off. Remove that setting."
            )
        yield f"{name}={NAMED[section, key]}"
        if section == "hook":
            yield f"{section}.{which}.enabled=false"


def _stamp(file: Path) -> GitTimestamp | None:
    with suppress(OSError):
        seen = file.stat()
        return seen.st_ino, seen.st_size, seen.st_mtime_ns
    return None


def _start(
    argv: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    stdin: bytes,
    pass_fds: Sequence[int],
    seconds: float,
    umask: int = -1,
) -> "subprocess.CompletedProcess[bytes]":
    """Run it in a session of its own: it has no terminal to ask at, and whatever it started ends with it."""
    try:
        process = subprocess.Popen(
            argv, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=pass_fds, start_new_session=True, umask=umask,
        )  # fmt: skip
    except (OSError, ValueError) as error:  # ValueError: a NUL in a word
        raise GitError(f"git could not be started in {folder}: {error}. Is it a folder that is there?") from None
    with process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except BaseException as error:
            end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitSlow(f"git did not end in {seconds:g} s in {folder}, and I ended it.") from None
            raise
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a git that leads a process group, and all that it started, so that it can remove its lock files first."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
        os.killpg(process.pid, signal.SIGKILL)  # what it started may live on
