"""Upstreams of a test's own: small repositories with a history, and trees that no honest git would make."""

import subprocess
from pathlib import Path

from tests.repositories import crate, git

WHO = ("-c", "user.name=x", "-c", "user.email=x@x")


def upstream(folder: Path, commits: int = 3, name: str = "small") -> Path:
    """A crate with a history, on branch main."""
    crate(folder, name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    for n in range(2, commits + 1):
        changed(folder, f"pub fn f{n}() {{}}\n", f"add f{n}")
    return folder


def changed(folder: Path, text: str, message: str = "change", path: str = "src/lib.rs") -> str:
    """Another commit in which a file has another text. Its hash."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


def raw_object(folder: Path, kind: str, content: bytes) -> str:
    """Write an object as it is, whatever git thinks of it. Its hash."""
    words = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    return subprocess.run(words, cwd=folder, input=content, capture_output=True, check=True).stdout.decode().strip()


def hostile(folder: Path, entries: list[tuple[str, bytes, str]], message: str = "hostile") -> str:
    """Make HEAD a commit whose tree has these entries (mode, name, hash) beside those of its parent."""
    parent = git(folder, "rev-parse", "HEAD")
    rows = [line.split(None, 3) for line in git(folder, "ls-tree", "HEAD").splitlines()]
    rows_ = [(mode, name.encode(), oid) for mode, _, oid, name in rows]
    content = b"".join(
        f"{mode.lstrip('0')} ".encode() + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in [*rows_, *entries]
    )
    tree = raw_object(folder, "tree", content)
    text = f"tree {tree}\nparent {parent}\nauthor x <x@x> 1700000000 +0000\ncommitter x <x@x> 1700000000 +0000\n\n{message}\n"
    commit = raw_object(folder, "commit", text.encode())
    git(folder, "update-ref", "refs/heads/main", commit)
    return commit


def blob(folder: Path, content: bytes) -> str:
    return raw_object(folder, "blob", content)


def tree(folder: Path, *entries: tuple[str, bytes, str]) -> str:
    return raw_object(
        folder, "tree", b"".join(f"{mode} ".encode() + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    )


def files_below(folder: Path) -> dict[str, bytes]:
    """What a person sees in a mirror's folder: its files and links by path, without git's own."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(".git/") and (path.is_symlink() or not path.is_dir()):
            found[name] = b"-> " + str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
    return found
