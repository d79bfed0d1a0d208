"""The one place where git is started: whatever the command, nothing runs that the repository names."""

import ast
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rusta.core import git_runner as runner
from tests.repositories import crate, fetches_lazily, git, make_trap, sprung

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    return make_trap(tmp_path)


LOUD = (
    "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass", "core.gitProxy", "diff.external",
    "diff.loud.textconv", "diff.loud.command", "merge.loud.driver", "filter.loud.clean", "filter.loud.smudge", "filter.loud.process",
    "filter.a.b c.clean", "gpg.program", "core.alternateRefsCommand", "pager.diff", "pager.log", "pager.status", "credential.helper",
    "credential.https://x.helper", "alias.status", "alias.log", "uploadpack.packObjectsHook", "hook.loud.command",
)  # fmt: skip


@pytest.fixture
def trapped(tmp_path: Path, trap: Path) -> Path:
    """A repository in which all that can name a program names the trap."""
    root = tmp_path / "trapped"
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    (root / "a.txt").write_text("one\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    (root / "a.txt").write_text("two\n")
    (root / ".gitattributes").write_text("*.txt diff=loud merge=loud filter=loud\n")
    git(root, "commit", "-qam", "two")
    (root / "a.txt").write_text("three\n")
    for name in (
        "pre-commit",
        "post-index-change",
        "reference-transaction",
        "pre-auto-gc",
        "update",
        "fsmonitor-watchman",
    ):
        (root / ".git/hooks" / name).symlink_to(trap)
    for key in LOUD:
        git(root, "config", key, f"!{trap}" if key.startswith(("alias", "credential")) else str(trap))
    git(root, "config", "hook.loud.event", "reference-transaction")
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "log.showSignature", "true")
    git(root, "config", "color.ui", "always")
    trap.with_name("sprung").unlink(missing_ok=True)  # setting traps springs some
    return root


@pytest.mark.parametrize("words", [
    ("status", "--porcelain"), ("diff",), ("diff", "HEAD^"), ("diff-index", "-p", "HEAD"), ("diff-tree", "-p", "HEAD"), ("log", "-p"),
    ("add", "--all"), ("ls-files", "-m"), ("update-index", "--add", "a.txt"), ("update-ref", "refs/heads/new", "HEAD"),
    ("write-tree",), ("commit-tree", "HEAD^{tree}", "-m", "x"), ("fsck",), ("repack", "-d"), ("commit-graph", "write"),
    ("cat-file", "--filters", "HEAD:a.txt"), ("cat-file", "--textconv", "HEAD:a.txt"),
], ids=" ".join)  # fmt: skip
def test_no_command_runs_what_the_repository_names(trapped: Path, trap: Path, words: tuple[str, ...]) -> None:
    who = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x", "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x"}
    ran = runner.run(*words, folder=trapped, env=who)
    assert not sprung(trap)
    assert ran.returncode == 0 or "--textconv" in words, ran.stderr  # which fails, rather than show it unconverted
    assert b"\x1b" not in ran.stdout


def test_a_program_under_a_name_that_cannot_be_set_to_nothing_is_refused(trapped: Path, trap: Path) -> None:
    git(trapped, "config", "filter.a=b.clean", str(trap))
    with pytest.raises(runner.GitError, match=r"filter\.a=b\.clean"):
        runner.run("add", "--all", folder=trapped)
    assert not sprung(trap)


def test_what_is_put_into_a_known_configuration_later_is_seen(trapped: Path, trap: Path) -> None:
    books = {"folder": trapped, "git_dir": trapped / ".git", "work_tree": trapped}
    runner.run("add", "--all", **books)
    git(trapped, "config", "filter.late.clean", str(trap))
    (trapped / ".git/info/attributes").write_text("* filter=late\n")
    (trapped / "late").write_text("x")
    trap.with_name("sprung").unlink(missing_ok=True)
    assert runner.run("add", "--all", **books).returncode == 0
    assert not sprung(trap)


def test_the_network_is_shut_until_the_owner_names_a_protocol(trapped: Path) -> None:
    assert runner.environment()["GIT_ALLOW_PROTOCOL"] == ""
    assert runner.environment(("https", "ssh"))["GIT_ALLOW_PROTOCOL"] == "https:ssh"
    with pytest.raises(runner.GitError, match="ext"):
        runner.environment(("ext",))
    git(trapped, "config", "protocol.file.allow", "always")
    start = runner.command("log", folder=trapped)[:-4]
    for protocols, opened in (((), False), (("file",), True)):
        ran = subprocess.run(
            [*start, "ls-remote", str(trapped)], env=runner.environment(protocols), capture_output=True
        )
        assert (ran.returncode == 0) is opened, ran.stderr


def test_only_known_commands_are_run(trapped: Path) -> None:
    with pytest.raises(runner.GitError, match="git clone is not among"):
        runner.run("clone", "x", folder=trapped)


def test_a_git_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = tmp_path / "bin/git"
    stuck.parent.mkdir()
    stuck.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path / 'child'}\nwait\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stuck.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(runner.GitSlow, match=r"did not end in 2 s"):
        runner.run("rev-parse", "HEAD", folder=tmp_path, seconds=2)
    child = int((tmp_path / "child").read_text())
    while alive(child):  # the kill was sent, and has its effect in a moment; else the test's own time-out speaks
        time.sleep(0.01)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_git_that_asks_has_nobody_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = tmp_path / "bin/git"
    asking.parent.mkdir()
    asking.write_text("#!/bin/sh\n(: < /dev/tty) 2> /dev/null && echo terminal; env\n")
    asking.chmod(0o755)
    monkeypatch.setenv("PATH", f"{asking.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='x'")
    said = runner.run("rev-parse", "HEAD", folder=tmp_path).stdout.decode().splitlines()
    assert "terminal" not in said and "GIT_TERMINAL_PROMPT=0" in said and "GIT_ASKPASS=" in said
    assert not [line for line in said if "GIT_CONFIG_PARAMETERS" in line]


@pytest.mark.parametrize("lost", [{}, {"GIT_NO_LAZY_FETCH": "0"}, {"GIT_ALLOW_PROTOCOL": "file"}], ids=str)
def test_nothing_is_fetched_lazily_though_one_of_two_locks_is_off(
    tmp_path: Path, trap: Path, lost: dict[str, str]
) -> None:
    root = crate(tmp_path / "app", "app")
    git(root, "init", "-q")
    git(root, "add", "-A")
    fetches_lazily(root / ".git", "..", trap)
    listed = runner.run("ls-files", "-co", "--exclude-standard", folder=root, env=lost)
    assert not sprung(trap) and b"src/lib.rs" in listed.stdout


def test_the_owners_own_setting_is_read_and_nothing_else_of_theirs(
    trapped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").write_text("[user]\nname = Ada\n[core]\nexcludesFile = ~/ignored\nquotePath = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "theirs"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runner.owners_setting("user.name") == "Ada"
    assert runner.owners_setting("core.excludesFile", "--type=path") == str(tmp_path / "ignored")
    assert runner.owners_setting("user.email") == ""
    assert runner.run("config", "user.name", folder=trapped).returncode == 1


# Nobody else starts git.

STARTS = {"subprocess", "os", "asyncio", "pty", "multiprocessing", "shutil"}
LIBRARIES = {"git", "pygit2", "dulwich"}
ALLOWED = {
    "rusta/core/git_runner.py": "is the place",
    "rusta/tools/preflight.py": "asks for the version, in /, in a table of programs",
}


def starts_git(source: str) -> Iterator[int]:
    """Lines where a program named git is put into a command, or asked for, or a library for git is imported.

    Found by its name as the first word of a list or tuple, as a word of a shell, as the whole of an argument to something
    that starts or finds programs. Not found: a name that is put together, or passed through a variable.
    """
    for node in ast.walk(ast.parse(source)):
        words: list[ast.expr] = []
        modules: list[str] = []
        if isinstance(node, ast.List | ast.Tuple):
            words = node.elts[:1]
        elif isinstance(node, ast.Call) and _module(node.func) in STARTS:
            words = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Import):
            modules = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        said = [one.value for one in words if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if any(Path(word.split()[0]).name in ("git", "git.exe") for word in said if word.split()):
            yield node.lineno
        if LIBRARIES & {module.partition(".")[0] for module in modules}:
            yield node.lineno


def _module(called: ast.expr) -> str:
    return called.value.id if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""


@pytest.mark.parametrize("planted", [
    'subprocess.run(["git", "status"])', 'subprocess.Popen(("/usr/bin/git", *words), cwd=place)', 'words = ["git", *more]',
    'os.system("git status")', 'subprocess.run("git status", shell=True)', 'os.execvp("git", words)', 'shutil.which("git")',
    'asyncio.create_subprocess_exec("git", "log")', 'subprocess.run(args=["git"])', "import git", "from git import Repo",
    "import git.repo as x", "import pygit2", "from dulwich.repo import Repo",
])  # fmt: skip
def test_another_start_of_git_would_be_found(planted: str) -> None:
    assert list(starts_git(f"def f(words, more, place):\n    {planted}\n")), planted
    assert not list(starts_git("from rusta.core import git_runner\nasked = git_runner.run('log', folder=folder)\n"))


def test_git_is_started_in_one_place() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "rusta").rglob("*.py") if str(path.relative_to(ROOT)) not in ALLOWED
        for line in starts_git(path.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert not found
    for path in ALLOWED:
        assert (ROOT / path).is_file()


# Whoever starts a program at all, and why what it starts is not of a workspace's choosing.
STARTERS = {
    "rusta/core/git_runner.py": "git, with what a repository names switched off",
    "rusta/tools/toolchain.py": "rustup, which says a path and runs nothing of the toolchain",
    "rusta/tools/dependencies.py": "cargo fetch, in /, where no configuration of a workspace is read",
    "rusta/mirror/cron_line.py": "crontab, where a person has a cycle run by it",
    "rusta/mirror/systemd_timer.py": "systemctl --user, where a person has a cycle run by it",
    "rusta/mirror/releases.py": "cargo info, in /, where no configuration of a workspace is read",
    "rusta/tools/miri.py": "the owner's nightly, in /",
    "rusta/tools/preflight.py": "programs that say their version, in /",
    "rusta/tools/blocks.py": "the owner's rustc, in /, on a block against std alone",
    "rusta/tools/sandbox/outlets.py": "the sandbox",
    "rusta/tools/sandbox/tasks.py": "nsenter, to bound the tasks of a namespace",
    "rusta/tools/sandbox/enter.py": "in the sandbox",
    "rusta/tools/sandbox/none.py": "no sandbox, on a person's word",
    "rusta/ui/journal/external_editor.py": "the person's editor",
    "rusta/mind/sources.py": "pip, from where Python is installed",
    "rusta/mind/bodies.py": "nvidia-smi",
    "rusta/mind/instructions.py": "this Python, to ask llama.cpp's wheel what it was built for",
}
STARTING = re.compile(r"run|Popen|call|check_call|check_output|getoutput|getstatusoutput|system|popen|exec.*|spawn.*|posix_spawnp?|"
                      r"create_subprocess_.*")  # fmt: skip


def starts_a_program(source: str) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and _module(node.func) in ("subprocess", "os", "asyncio", "pty") and STARTING.fullmatch(node.func.attr)
        for node in ast.walk(ast.parse(source))
    )  # fmt: skip


def test_whoever_starts_a_program_is_known_and_says_why_it_is_no_strangers() -> None:
    assert starts_a_program("subprocess.run(words)") and starts_a_program("os.execve(*words)")
    assert not starts_a_program("git.run('log')\nos.path.join('a')")
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "rusta").rglob("*.py")
             if starts_a_program(path.read_text(encoding="utf-8"))}  # fmt: skip
    assert found == STARTERS.keys()
