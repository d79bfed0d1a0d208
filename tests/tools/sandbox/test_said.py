"""Refusals become sentences, escapes become text, and the filter of system calls says what it should."""

import errno
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.tools.sandbox import SandboxCommand, sanitize, seccomp
from rusta.tools.sandbox.denials import denials
from rusta.tools.sandbox.tmpdir import remove
from rusta.tools.sandbox.view import view


@pytest.mark.parametrize(
    ("stderr", "what", "why"),
    [
        ("failed to write `/w/Cargo.lock`\\n\\nCaused by:\\n  Read-only file system (os error 30)", "Cargo.lock", "generate-lockfile"),
        ("thread 'main' panicked: cannot write /home/x/.bashrc: Os { code: 13, kind: PermissionDenied }", "/home/x/.bashrc", "outside"),
        ("could not open `PLACE/.git/config`: Permission denied (os error 13)", ".git", "history"),
        ("failed to create PLACE/src/generated.rs: Read-only file system (os error 30)", "src/generated.rs", "write to PLACE/target"),
        ("could not lock CARGO/registry/x: Permission denied (os error 13)", "registry", "toolchain"),
        ("cc: error: PLACE/target/x: Permission denied", "PLACE/target/x", "not I"),
        ("connect: Network is unreachable (os error 101)", "the network", "loopback"),
        ("failed to lookup address information: Temporary failure in name resolution", "the network", "loopback"),
        ("no package `serde`\\nAs a reminder, you're using offline mode (--offline)", "a download", "cargo fetch"),
        ("Error: Os { code: 97, kind: Uncategorized }", "a socket", "unix"),
        ("cannot attach: Operation not permitted (os error 1)", "a system call", "not say which"),
        ("write failed: No space left on device (os error 28)", "more disk", "disk_mb"),
        ("cannot spawn: Resource temporarily unavailable (os error 11)", "another process", "processes"),
        ("linking /home/x/a: Invalid cross-device link (os error 18)", "a link", "target"),
        ("open HIDDEN: No such file or directory (os error 2)", "a look at HIDDEN", "not shown"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_with_its_reason(
    stderr: str, what: str, why: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGO_HOME", str(place.parent / "cargo"))
    hidden = place.parent / "hidden"
    hidden.touch()
    seen = view(SandboxCommand(("sh",), place, (place / "target",)))
    remove(seen.tmp)

    def here(text: str) -> str:
        return (
            text.replace("PLACE", str(place))
            .replace("CARGO", str(place.parent / "cargo"))
            .replace("HIDDEN", str(hidden))
        )

    (told, *_) = denials(b"", here(stderr).replace("\\n", "\n").encode(), seen)
    assert here(what) in str(told) and here(why) in str(told)
    assert str(told).startswith("The sandbox refused ")


def test_source_code_about_errors_is_no_refusal(place: Path) -> None:
    seen = view(SandboxCommand(("sh",), place))
    remove(seen.tmp)
    code = b"3 |     ErrorKind::PermissionDenied => retry(), // see os error codes\n  = note: /nowhere: No such file or directory"
    assert denials(code, code, seen) == ()


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"\x1b[1;31merror\x1b[0m: x", "error: x"),
        (b"\x1b]0;owned\x07title", "title"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]52;c;aGk=\x07clip", "clip"),
        (b"safe\r\nlines\rover", "safe\nlines\nover"),
        (b"bell\x07 back\x08 del\x7f tab\t", "bell␇ back␈ del␡ tab\t"),
        ("a\u202eb\u200bc\u2066".encode(), r"a\u{202e}b\u{200b}c\u{2066}"),
        (b"\xff\xfe", "��"),
        ("\x9b31mred \x85".encode(), r"red \x85"),
        ("naïve — 日本語 🦀".encode(), "naïve — 日本語 🦀"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(printed: bytes, shown: str) -> None:
    assert sanitize(printed) == shown


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_nothing_plain_can_drive_a_terminal(printed: bytes) -> None:
    shown = sanitize(printed)
    assert not any((ord(letter) < 32 and letter not in "\n\t") or 127 <= ord(letter) < 160 for letter in shown)
    assert sanitize(shown) == shown


def judged(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What the kernel would answer: the few instructions of BPF that the filter uses."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    at = held = 0
    while True:
        op, yes, no, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if op == seccomp.LOAD:
            (held,) = struct.unpack_from("=I", data, value)
        elif op == seccomp.MASK:
            held &= value
        elif op == seccomp.RETURN:
            return value
        else:
            answer = {seccomp.EQUAL: held == value, seccomp.AT_LEAST: held >= value, seccomp.ANY_OF: held & value}[op]
            at += yes if answer else no


@pytest.mark.parametrize("machine", list(seccomp.MACHINES))
def test_the_filter_refuses_its_list_and_nothing_else(machine: str) -> None:
    column, arch = seccomp.MACHINES[machine]
    program = seccomp.program(machine)
    assert program
    refused = {numbers[column] for numbers in seccomp.REFUSED.values()} - {None}
    absent = {numbers[column] for numbers in seccomp.ABSENT.values()}
    unsupported = {numbers[column] for numbers in seccomp.UNSUPPORTED.values()}
    special = {seccomp.SOCKET[column], seccomp.SOCKETPAIR[column], seccomp.IOCTL[column], seccomp.CLONE[column]}
    assert not refused & absent and not (refused | absent) & special
    for number in range(600):
        answer = judged(program, arch, number)
        if number in refused:
            assert answer == seccomp.ERRNO | errno.EPERM
        elif number in absent:
            assert answer == seccomp.ERRNO | errno.ENOSYS
        elif number in unsupported:
            assert answer == seccomp.ERRNO | errno.EOPNOTSUPP
        elif number not in special:
            assert answer == seccomp.ALLOW
    assert judged(program, 0x40000003, 39) == seccomp.ERRNO | errno.EPERM  # 32 bits


@pytest.mark.parametrize("machine", list(seccomp.MACHINES))
def test_sockets_threads_and_terminals_are_told_apart_by_argument(machine: str) -> None:
    column, arch = seccomp.MACHINES[machine]
    program = seccomp.program(machine) or b""
    sockets = {family: judged(program, arch, seccomp.SOCKET[column], family) == seccomp.ALLOW for family in range(46)}
    assert [family for family, allowed in sockets.items() if allowed] == [seccomp.AF_INET, seccomp.AF_INET6]
    pairs = [
        (family, kind)
        for family in range(46)
        for kind in range(16)
        if judged(program, arch, seccomp.SOCKETPAIR[column], family, kind | 0x80800) == seccomp.ALLOW
    ]
    assert pairs == [(1, 1), (1, 5)]  # AF_UNIX, SOCK_STREAM and SOCK_SEQPACKET; with SOCK_CLOEXEC and SOCK_NONBLOCK
    assert judged(program, arch, seccomp.CLONE[column], 0x3D0F00) == seccomp.ALLOW  # a thread
    assert judged(program, arch, seccomp.CLONE[column], 0x10000011) == seccomp.ERRNO | errno.EPERM  # a user namespace
    assert judged(program, arch, seccomp.IOCTL[column], 0, 0x5401) == seccomp.ALLOW  # isatty
    for request in (seccomp.TIOCSTI, seccomp.TIOCLINUX, seccomp.TIOCSTI | 1 << 32):  # the kernel drops the high half
        assert judged(program, arch, seccomp.IOCTL[column], 0, request) == seccomp.ERRNO | errno.EPERM
    for request in seccomp.ALLOCATING:
        assert judged(program, arch, seccomp.IOCTL[column], 0, request) == seccomp.ERRNO | errno.EOPNOTSUPP


def test_another_processor_goes_without_rather_than_with_wrong_numbers() -> None:
    assert seccomp.program("riscv64") is None
