"""Run git safely on untrusted repositories: no program that a repository names runs, no connection is opened unasked.

Every git process of the project is started here. A repository may come from a stranger, as a clone or as an archive
with a `.git` folder in it. Programs that its configuration, attributes and hooks can make git start are disabled in
three ways: by settings that override the repository's (`SETTINGS`), by environment variables (`environment`), and, for
programs under names that the repository chooses (filters, merge drivers, configured hooks, credential helpers), by
listing those names first and overriding each (`NAMED`). A bare repository is used only where it is passed explicitly
(`git_dir`), one that lies in a work tree never. The user's and the system's configuration is not read;
`owners_setting` reads a single value of it.

Where an upstream is a folder of this machine, git starts `git-upload-pack` in that repository and passes it none of the
settings above; `run` names the program with them (`--upload-pack`). Its `uploadpack.packObjectsHook` is not read from a
repository's own configuration. Fetching uses no credentials: no helper, no prompt, and no HOME with a `.netrc` in it.

Not covered: git's output is untrusted text; `include.path` can make git read, as configuration, any file that the user
can read; with `protocols`, the repository's `url.*.insteadOf` and `http.*` decide which server is contacted. Git older
than 2.38 does not know `safe.bareRepository`; the programs are disabled there all the same.
"""

import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from rusta.core.errors import RustaError
from rusta.core.programs import find_program, search_path

SECONDS = 120  # timeout of a git process
GRACE_S = 2.0  # time for a terminated git to remove its lock files
HEARD = 200  # lines of stderr that are kept where each is passed on

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
    "fetch": ("--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-commit-graph",
              "--atomic", "--refmap="),
    "log": ("--no-ext-diff", "--no-textconv", "--no-color"),
    "status": ("--ignore-submodules=dirty",),
    **dict.fromkeys(
        ("add", "cat-file", "checkout-index", "commit-graph", "commit-tree", "config", "fast-export", "fast-import", "for-each-ref", "fsck",
         "init", "ls-files", "ls-remote", "ls-tree", "merge-file", "prune", "prune-packed", "read-tree", "repack", "rev-list", "rev-parse",
         "symbolic-ref", "update-index", "update-ref", "write-tree"), ()),
}  # fmt: skip
"""Every git command that may be run, with the options that disable what SETTINGS cannot. Others are refused."""

RUN_NONE = {"config", "init", "merge-file", "rev-parse", "symbolic-ref"}
"""Commands that use neither attributes nor hooks, so programs named in the configuration need not be looked up."""

CONNECTING = {"fetch", "ls-remote"}
"""Commands that open a connection, or start `git-upload-pack` in a repository of this machine."""

NAMED: Mapping[tuple[str, str], str] = {
    **{("filter", key): "" for key in ("clean", "smudge", "process")}, ("filter", "required"): "false",
    ("diff", "command"): "", ("diff", "textconv"): "", ("merge", "driver"): "false",
    ("hook", "command"): "", ("hook", "event"): "", ("hook", "enabled"): "false",
    ("remote", "uploadpack"): "git-upload-pack", ("remote", "receivepack"): "git-receive-pack",
    ("remote", "promisor"): "false", ("remote", "vcs"): "",
}  # fmt: skip
"""Settings `section.NAME.key` that name a program to run (the repository chooses NAME), and their overrides."""

GitTimestamp = tuple[int, int, int]
_known: dict[Path, tuple[GitTimestamp, tuple[str, ...]]] = {}


class GitError(RustaError):
    """Git could not be run."""


class NoGit(GitError):
    """There is no git on this machine."""


class GitSlow(GitError):
    """Git exceeded its timeout and was terminated."""


class BadRepository(GitError):
    """The repository's configuration cannot be read. `answer` is the completed git process, with its output."""

    def __init__(self, folder: Path, answer: "subprocess.CompletedProcess[bytes]") -> None:
        said = answer.stderr.decode("utf-8", "replace").strip()
        super().__init__(f"git cannot read the configuration of the repository at {folder}: {said}")
        self.answer = answer


def run(
    *words: str, folder: Path, git_dir: Path | None = None, work_tree: Path | None = None, stdin: bytes = b"",
    settings: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None, protocols: Sequence[str] = (),
    pass_fds: Sequence[int] = (), seconds: float = SECONDS, umask: int = -1, heard: Callable[[str], None] | None = None,
) -> "subprocess.CompletedProcess[bytes]":  # fmt: skip
    """Run git in `folder` and return the completed process, whatever its exit status. `words` begin with the command.

    Without `git_dir`, git searches for the repository from `folder` upwards. `settings` and `env` (GIT_ variables are
    taken from nowhere else) are added to those that harden git. `protocols`, such as ("https", "ssh"), allows network
    access by these protocols, where the owner has asked for it; ("file",) allows fetching from a repository of this
    machine. `umask` applies to the files that git creates; -1 keeps this process's own. `heard` gets each line that git
    writes to stderr as it comes, in a thread of its own. Raises `GitError`: `NoGit`, or `GitSlow` after `seconds`.
    """
    world = environment(protocols) | dict(env or {})
    if words[0] in CONNECTING:
        world["HOME"] = os.devnull
        words = (words[0], *(_upload_pack() if tuple(protocols) == ("file",) else ()), *words[1:])
    try:
        argv = command(*words, folder=folder, git_dir=git_dir, work_tree=work_tree, settings=settings, env=env)
    except BadRepository as bad:
        return bad.answer
    return _start(argv, folder, world, stdin, pass_fds, seconds, umask, heard)


def start_git(*words: str, folder: Path, git_dir: Path) -> "subprocess.Popen[bytes]":
    """Start git, such as `cat-file --batch`, and return the process with pipes for its input and output.

    The caller ends it, by closing its input or by `end`. Raises `GitError`.
    """
    argv = command(*words, folder=folder, git_dir=git_dir)
    try:
        return subprocess.Popen(
            argv, cwd=folder, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise GitError(f"git could not be started in {folder}: {error}.") from None


def _upload_pack() -> tuple[str]:
    """Return the option that has git serve a repository of this machine with `SETTINGS`: it passes on none of its own."""
    words = ["git", *(word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")), "upload-pack"]
    return (f"--upload-pack={shlex.join(words)}",)


def command(
    *words: str, folder: Path, git_dir: Path | None = None, work_tree: Path | None = None,
    settings: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """Return the full command line: git's path, the settings, the command and its options. Parameters as in `run`.

    Reads the repository's configuration. Raises `GitError`, also where it names a program that cannot be disabled.
    """
    name, *rest = words
    if name not in FLAGS:
        raise GitError(f"git {name} is not among the commands that I run. Those are: {', '.join(sorted(FLAGS))}")
    program = find_program("git")
    if program is None:
        raise NoGit("There is no git on PATH. Install it: apt install git")
    options = [f"--git-dir={git_dir}"] if git_dir else []
    options += [f"--work-tree={work_tree}"] if work_tree else []
    chosen = dict(SETTINGS) | dict(settings or {})
    start = [program, "--no-pager", *(word for key, value in chosen.items() for word in ("-c", f"{key}={value}"))]
    off = () if name in RUN_NONE else _named_programs([*start, *options], folder, git_dir, env)
    return [*start, *(word for one in off for word in ("-c", one)), *options, name, *FLAGS[name], *rest]


def environment(protocols: Sequence[str] = ()) -> dict[str, str]:
    """Return this process's environment without variables that steer git, plus those that harden it.

    `protocols` as in `run`. Raises `GitError` for a protocol that runs a program (`ext`, `fd`) or is malformed.
    """
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
    """Return a value of the user's own git configuration, such as `user.name`; empty where unset or without git.

    `options` are passed to `git config`, such as "--type=path".
    """
    program = find_program("git")
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
    """Return the `key=value` overrides that disable each program named in the repository's configuration."""
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
        _known[git_dir] = (stamp, off)  # cacheable: the whole configuration is in that one file
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
    argv: Sequence[str], folder: Path, env: Mapping[str, str], stdin: bytes, pass_fds: Sequence[int], seconds: float,
    umask: int = -1, heard: Callable[[str], None] | None = None,
) -> "subprocess.CompletedProcess[bytes]":  # fmt: skip
    """Run a command in its own session: it has no terminal to prompt on, and its child processes are ended with it."""
    listening, saying = os.pipe() if heard else (-1, subprocess.PIPE)
    try:
        process = subprocess.Popen(
            argv, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=saying,
            pass_fds=pass_fds, start_new_session=True, umask=umask,
        )  # fmt: skip
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in an argument
        if heard:
            os.close(listening)
        raise GitError(f"git could not be started in {folder}: {error}. Is it a folder that is there?") from None
    finally:
        if heard:
            os.close(saying)
    said: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(listening, heard, said), daemon=True) if heard else None
    if listener:
        listener.start()
    with process:
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except BaseException as error:
            end(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitSlow(f"git did not end in {seconds:g} s in {folder}, and I ended it.") from None
            raise
    if listener:
        listener.join(GRACE_S)
    return subprocess.CompletedProcess(argv, process.returncode, out, b"".join(said) if heard else err)


def _listen(pipe: int, heard: Callable[[str], None], said: list[bytes]) -> None:
    """Pass on what is written to a pipe, line by line (a progress line ends in a carriage return), and keep the lines."""
    with os.fdopen(pipe, "rb") as opened_pipe:
        rest = b""
        while new := opened_pipe.read1(1 << 16):
            *lines, rest = re.split(rb"(?<=[\r\n])", rest + new)
            for line in lines:
                heard(line.decode("utf-8", "replace").strip())
                said += [line] if line.endswith(b"\n") else []
            del said[:-HEARD]
        said.append(rest)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a git process group: SIGTERM, so that git can remove its lock files, then SIGKILL after at most `GRACE_S`."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
        os.killpg(process.pid, signal.SIGKILL)  # its child processes may still run
