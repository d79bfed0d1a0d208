"""What a command finds inside, and how it ends."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rusta.tools.sandbox import BadView, Broke, Limits, Sandbox, SandboxCommand, Stopped
from rusta.tools.sandbox.none import Unconfined
from rusta.tools.sandbox.tmpdir import PREFIX, clear, private_tmp
from rusta.tools.sandbox.tree import below

ROOT = Path(__file__).resolve().parents[3]


def sh(script: str, place: Path, **more: object) -> SandboxCommand:
    return SandboxCommand(("sh", "-c", script), place, **more)  # type: ignore[arg-type]


def test_output_status_and_stdin_pass_through(sandbox: Sandbox, place: Path) -> None:
    ran = sandbox.run(sh("cat; echo to-stderr >&2; exit 7", place, stdin=b"x" * 300_000))
    assert (ran.code, ran.stdout, ran.stderr, ran.stopped) == (7, b"x" * 300_000, b"to-stderr\n", None)
    assert not ran.ok


def test_a_program_that_does_not_read_its_stdin_is_no_error(sandbox: Sandbox, place: Path) -> None:
    assert sandbox.run(sh("exec <&-; sleep 0.1; echo well", place, stdin=b"x" * 300_000)).stdout == b"well\n"


def test_a_signal_is_counted_as_a_shell_counts(sandbox: Sandbox, place: Path) -> None:
    assert sandbox.run(sh("kill -SEGV $$", place)).code == 128 + signal.SIGSEGV


def test_only_the_writable_and_tmpdir_can_be_written(sandbox: Sandbox, place: Path) -> None:
    target = place / "target" / "new"
    script = f"""
        echo a > target/new/kept; echo b > $TMPDIR/gone; mv $TMPDIR/gone target/new/moved; mkdir target/new/x
        ln target/new/kept target/new/x/hard; cat target/new/*ed target/new/x/hard
        for place in . /usr /etc /dev /proc $CARGO_HOME; do (: > $place/planted) && echo wrote $place; done
        : > {place.parent}/planted
    """
    ran = sandbox.run(sh(script, place, writable=(target,)))
    assert ran.stdout == b"b\na\n"
    assert [path.name for path in place.iterdir()] == ["target"]
    assert not (place.parent / "planted").exists()  # within a private /tmp it may seem to work
    assert not list(Path("/tmp").glob(f"{PREFIX}{os.getpid()}-*"))  # TMPDIR is gone


def test_the_environment_is_a_short_list(sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "CARGO_REGISTRY_TOKEN",
        "CARGO_REGISTRIES_X_TOKEN",
        "LD_PRELOAD",
        "SSH_AUTH_SOCK",
    ):
        monkeypatch.setenv(name, "secret")
    found = sandbox.run(sh("env", place, env={"CARGO_TARGET_DIR": "there"})).stdout.decode()
    names = {line.partition("=")[0] for line in found.splitlines()}
    assert "secret" not in found
    assert {"PATH", "TMPDIR", "CARGO_HOME", "RUSTUP_HOME", "CARGO_TARGET_DIR"} <= names
    assert "CARGO_NET_OFFLINE=true" in found.splitlines()


def test_a_session_of_its_own_without_a_terminal_or_capabilities(sandbox: Sandbox, place: Path) -> None:
    script = "grep -E 'CapEff|NoNewPrivs' /proc/self/status; (: < /dev/tty) 2> /dev/null || echo no terminal; ls /proc"
    said = sandbox.run(sh(script, place)).stdout.decode()
    assert "CapEff:\t0000000000000000" in said and "NoNewPrivs:\t1" in said and "no terminal" in said
    assert len([word for word in said.split() if word.isdigit()]) < 10  # processes, two figures of status aside


def test_git_is_hidden_whether_folder_or_file(sandbox: Sandbox, place: Path) -> None:
    (place / ".git").mkdir()
    (place / ".git" / "config").write_text("token")
    inner = place / "member"
    inner.mkdir()
    (place / "Cargo.toml").write_text("shared")
    ran = sandbox.run(sh("cat ../Cargo.toml; cat ../.git/config || ls ../.git", inner))
    assert ran.stdout == b"shared"
    shutil.rmtree(place / ".git")
    (place / ".git").write_text("gitdir: elsewhere")
    assert b"elsewhere" not in sandbox.run(sh("cat ../.git", inner)).stdout


def test_her_diary_is_hidden_even_inside_the_repository(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = place / ".rusta" / "devlogs"
    diary.mkdir(parents=True)
    (diary / "today.md").write_text("dear diary")
    monkeypatch.setenv("RUSTA_HOME", str(place / ".rusta"))
    (place / ".git").mkdir()
    assert b"dear" not in sandbox.run(sh("cat .rusta/devlogs/today.md", place)).stdout
    with pytest.raises(BadView, match="keys or diaries"):
        sandbox.run(sh("true", place, writable=(diary,)))


def test_a_dependency_beside_the_workspace_is_readable_when_named(sandbox: Sandbox, place: Path) -> None:
    beside = place.parent / "beside"
    beside.mkdir()
    (beside / "lib.rs").write_text("pub fn f() {}")
    assert not sandbox.run(sh("cat ../beside/lib.rs", place)).ok
    assert sandbox.run(sh("cat ../beside/lib.rs", place, readable=(beside,))).stdout == b"pub fn f() {}"


def test_a_cargo_configuration_with_a_token_is_shown_empty(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo = place.parent / "cargo"
    cargo.mkdir()
    monkeypatch.setenv("CARGO_HOME", str(cargo))
    (cargo / "config.toml").write_text("[source.x]\n")
    assert sandbox.run(sh("cat $CARGO_HOME/config.toml", place)).stdout == b"[source.x]\n"
    (cargo / "config.toml").write_text('[registry]\ntoken = "secret"\n')
    ran = sandbox.run(sh("cat $CARGO_HOME/config.toml", place))
    assert (ran.code, ran.stdout) == (0, b"")


def test_a_crate_is_built_linked_and_tested_inside(sandbox: Sandbox, place: Path) -> None:
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    (place / "src").mkdir()
    (place / "Cargo.toml").write_text('[package]\nname = "c"\nversion = "0.1.0"\nedition = "2024"\n')
    (place / "Cargo.lock").write_text(
        "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\n"
        'version = 4\n\n[[package]]\nname = "c"\nversion = "0.1.0"\n'
    )
    (place / "src" / "lib.rs").write_text("""
        #[test]
        fn loopback_temporary_files_threads_pairs_and_programs_are_there() {
            use std::{io::{Read, Write}, net, os::unix::net::UnixStream, process, thread};
            let door = net::TcpListener::bind("127.0.0.1:0").unwrap();
            let to = door.local_addr().unwrap();
            let guest = thread::spawn(move || net::TcpStream::connect(to).unwrap().write_all(b"hi").unwrap());
            let mut heard = String::new();
            door.accept().unwrap().0.read_to_string(&mut heard).unwrap();
            guest.join().unwrap();
            assert_eq!(heard, "hi");
            std::fs::write(std::env::temp_dir().join("x"), "x").unwrap();
            UnixStream::pair().unwrap();
            assert!(process::Command::new("true").status().unwrap().success());
            assert!(thread::available_parallelism().is_ok());
        }
    """)
    target = place / "target"
    ran = sandbox.run(SandboxCommand(("cargo", "test", "--lib", "--target-dir", str(target)), place, (target,)))
    assert ran.ok, ran.stderr.decode()
    assert b"1 passed" in ran.stdout
    assert ran.denials == ()


def test_a_missing_lock_file_is_refused_with_what_to_do(sandbox: Sandbox, place: Path) -> None:
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    (place / "src").mkdir()
    (place / "src" / "lib.rs").touch()
    (place / "Cargo.toml").write_text('[package]\nname = "c"\nversion = "0.1.0"\nedition = "2024"\n')
    ran = sandbox.run(
        SandboxCommand(("cargo", "check", "--target-dir", str(place / "target")), place, (place / "target",))
    )
    assert not ran.ok
    assert "cargo generate-lockfile" in " ".join(map(str, ran.denials))


def test_a_command_that_never_ends_is_ended_even_without_a_sandbox(place: Path) -> None:
    test_a_command_that_never_ends_is_ended(Unconfined(), place)


def test_a_command_that_never_ends_is_ended(sandbox: Sandbox, place: Path) -> None:
    ran = sandbox.run(sh("echo begun; sleep 60 & sleep 60", place), Limits(seconds=3))
    assert ran.stopped is Stopped.time
    assert ran.seconds < 20
    assert ran.code == 128 + signal.SIGKILL
    assert not below(os.getpid(), 10).pids


@pytest.mark.parametrize("to", ["", " >&2"])
def test_endless_output_is_cut_while_it_is_read(sandbox: Sandbox, place: Path, to: str) -> None:
    ran = sandbox.run(sh(f"yes {to}", place), Limits(output_mb=1))
    assert ran.stopped is Stopped.output
    assert len(ran.stdout) + len(ran.stderr) == 1_000_000


def test_a_file_larger_than_what_is_allowed_counts_as_disk(sandbox: Sandbox, place: Path) -> None:
    ran = sandbox.run(sh("head -c 9000000 /dev/zero > $TMPDIR/x", place), Limits(disk_mb=4))
    assert ran.stopped is Stopped.disk


def test_many_empty_files_count_as_disk(sandbox: Sandbox, place: Path) -> None:
    script = "cd $TMPDIR; n=0; while :; do n=$((n + 1)); : > $n; done"
    ran = sandbox.run(sh(script, place), Limits(disk_mb=4, seconds=60))
    assert ran.stopped is Stopped.disk


def test_a_shared_library_counts_as_nobodys_memory(sandbox: Sandbox, place: Path) -> None:
    ran = sandbox.run(sh("for n in 1 2 3 4 5 6 7 8; do sleep 0.4 & done; wait", place), Limits(memory_mb=20))
    assert ran.stopped is None


def test_ctrl_c_ends_everything_and_is_reported(sandbox: Sandbox, place: Path) -> None:
    begun = place / "target" / "begun"

    def press() -> None:
        while not begun.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    ran = sandbox.run(sh("echo begun; : > target/begun; sleep 60 & sleep 60", place, writable=(place / "target",)))
    assert (ran.stopped, ran.stdout) == (Stopped.interrupted, b"begun\n")
    assert not below(os.getpid(), 10).pids


def test_kill_9_of_rusta_ends_the_build_and_the_next_one_clears_up(sandbox: Sandbox, place: Path) -> None:
    target = place / "target"
    code = (
        "import sys; from pathlib import Path; from rusta.tools.sandbox import SandboxCommand as Command; "
        "from rusta.tools.sandbox.choice import KINDS; place = Path(sys.argv[2])\n"
        "script = 'while :; do echo x >> target/alive; sleep 0.05; done'\n"
        "KINDS[sys.argv[1]]().run(Command(('sh', '-c', script), place, (place / 'target',)))"
    )
    rusta = subprocess.Popen(
        [sys.executable, "-c", code, sandbox.name, str(place)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    alive = target / "alive"
    until = time.monotonic() + 60
    while not alive.exists() and time.monotonic() < until:
        time.sleep(0.05)
    rusta.kill()
    rusta.wait()
    time.sleep(0.3)
    size = alive.stat().st_size
    time.sleep(0.5)
    assert alive.stat().st_size == size > 0
    folders = list(Path("/tmp").glob(f"{PREFIX}{rusta.pid}-*"))
    clear.cache_clear()
    private_tmp().rmdir()
    assert len(folders) == 1 and not folders[0].exists()


def test_one_can_talk_to_a_program_inside(sandbox: Sandbox, place: Path) -> None:
    with sandbox.start(SandboxCommand(("cat",), place)) as running:
        assert running.process.stdin and running.process.stdout
        for word in (b"hello\n", b"again\n"):
            running.process.stdin.write(word)
            assert running.process.stdout.read(6) == word
        tmp = running.view.tmp
    assert running.process.returncode is not None and not tmp.exists()


def test_a_program_that_is_not_there_is_named(sandbox: Sandbox, place: Path) -> None:
    with pytest.raises(Broke, match="no program cargo-dance"):
        sandbox.run(SandboxCommand(("cargo-dance",), place))


@pytest.mark.parametrize("where", ["/", "/etc", "/home", "home", "missing"])
def test_a_workspace_that_is_no_workspace_is_refused(where: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place))
    cwd = {"home": place, "missing": place / "missing"}.get(where, Path(where))
    with pytest.raises(BadView, match="workspace=PATH"):
        Unconfined().run(sh("true", cwd))


def test_a_target_that_leads_elsewhere_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = place.parent / "me"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("CARGO_HOME", raising=False)
    (place / "target").symlink_to(home / ".ssh")
    (place / "a").symlink_to(home)
    for target, why in (
        (place / "target", "link"), (place / "a" / "b", "link"), (home, "more than"), (place, "more than"),
        (home / ".ssh", "keys"), (home / ".cargo" / "registry", "keys"), (place.parent, "more than"),
    ):  # fmt: skip
        with pytest.raises(BadView, match=why):
            Unconfined().run(sh("true", place, writable=(target,)))


def test_a_program_that_cannot_be_started_is_no_run(sandbox: Sandbox, place: Path) -> None:
    broken = place / "broken"
    broken.write_text("#!/nowhere/at/all\n")
    broken.chmod(0o755)
    with pytest.raises(Broke, match="No such file"):
        sandbox.run(SandboxCommand((str(broken),), place))
