"""What two lock files differ in, as a person would like to read it."""

from rusta.tools.lock_file import lock_rows

HEAD = "version = 4\n\n"


def package(name: str, version: str, checksum: str = "aa", *needs: str) -> str:
    listed = f"dependencies = [{', '.join(repr(one) for one in needs)}]\n" if needs else ""
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nchecksum = "{checksum}"\n{listed}\n'


def rows(old: str, new: str) -> tuple[list[str], list[str]] | None:
    return lock_rows((HEAD + old).encode(), (HEAD + new).encode())


def test_packages_that_go_and_come_are_the_difference() -> None:
    old = package("rand", "0.8.5", "aa", "wasi") + package("wasi", "0.11.0") + package("libc", "0.2.1")
    new = package("rand", "0.9.2", "bb", "wasip2") + package("wasip2", "1.0.0") + package("libc", "0.2.1")
    assert rows(old, new) == (["rand 0.8.5", "wasi 0.11.0"], ["rand 0.9.2", "wasip2 1.0.0"])


def test_another_checksum_of_the_same_version_is_never_left_out() -> None:
    assert rows(package("rand", "0.8.5"), package("rand", "0.8.5", "bb") + package("new", "1.0.0")) is None
    assert rows(package("rand", "0.8.5"), package("rand", "0.8.5", "aa", "libc")) is None


def test_what_is_no_lock_is_shown_as_it_is() -> None:
    assert lock_rows(None, b"version = 4\n") is None and lock_rows(b"\xff", b"[[package]\n") is None
