#!/usr/bin/env python3
"""Record docs/mirror.txt: a repository is mirrored on Monday, read on Tuesday, and what was read is used on Wednesday.

    .venv/bin/python scripts/record_mirror.py --upstream FOLDER [--home HOME] [--raised VERSION] > docs/mirror.txt

FOLDER is a git repository that has the tags of both releases, such as a clone of tokio. The commands are run as a person would
run them, in a home and a folder of this recording's own, and what they print is written down; the paths are shortened to `~`.
The weights and the library are those of `--home` (~/.rusta; `rusta library build` once); what the crate depends on is in cargo's cache.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = "─" * 76
WIDTH = 140
LONGEST = 60  # lines of one command that are written down
ABOUT = """\
The Monday-to-Wednesday example of the design, on {name}: recorded by scripts/record_mirror.py, from {old} to {new} of the real
repository. The upstream is a folder here, so no command needs the network; of an address it is `network=online` each time. Where a
command prints more than {most} lines, the rest is counted.
"""
CRATE = """\
[package]
name = "relay"
version = "0.1.0"
edition = "2024"

[dependencies]
{name} = {{ version = "={version}", features = ["{features}"] }}
"""


class Recording:
    """Runs commands in one folder and home, and prints each with its output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "RUSTA_HOME": str(folder / ".rusta"),
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": str(WIDTH),
        }
        self.env["XDG_CACHE_HOME"] = str(folder / ".cache")
        for key, below in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
            self.env.setdefault(key, str(Path.home() / below))

    def heading(self, text: str) -> None:
        """Print a line that parts what follows from what was before."""
        print(f"\n{RULE}\n{text}\n{RULE}\n", flush=True)

    def run(self, *words: str, within: str = "", show: str = "") -> str:
        """Run `rusta WORDS`, and print the command as it is typed and what it says. Return what it says."""
        where = self.folder / within
        ran = subprocess.run(
            [sys.executable, "-m", "rusta", *words], cwd=where, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        said = self._shortened(ran.stdout)
        typed = " ".join(f'"{word}"' if " " in word else word for word in map(self._shortened, words))
        lines = said.rstrip().splitlines()
        more = [f"[{len(lines) - LONGEST} more lines]"] if len(lines) > LONGEST else []
        print(
            f"{f'~/{within} ' if within else ''}$ rusta {show or typed}",
            *lines[:LONGEST],
            *more,
            sep="\n",
            end="\n\n",
            flush=True,
        )
        if ran.returncode and "status" not in words:
            raise SystemExit(f"rusta {typed} ended with {ran.returncode}")
        return said

    def _shortened(self, text: str) -> str:
        text = (
            text.replace(str(self.folder), "~")
            .replace(self.env["RUSTUP_HOME"], "~/.rustup")
            .replace(self.env["CARGO_HOME"], "~/.cargo")
        )
        text = re.sub(r"registry/src/[^/]+/", "registry/src/.../", text)
        return re.sub(r"file://~", "file:///home/you", text)


def git(folder: Path, *words: str) -> None:
    """Run git, quietly."""
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def released(upstream: Path, folder: Path, tags: Sequence[str]) -> None:
    """Bring the newest hundred commits of tags of a repository into a folder, as a clone would have them at that time."""
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main")
    git(folder, "fetch", "-q", "--depth=100", upstream.as_uri(), *(f"refs/tags/{tag}:refs/tags/{tag}" for tag in tags))
    git(folder, "checkout", "-q", "-B", "main", tags[-1])


def locked(crate: Path, name: str, version: str, features: str) -> None:
    """Have a crate depend on this version of another, which cargo has in its cache."""
    (crate / "Cargo.toml").write_text(CRATE.format(name=name, version=version, features=features))
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=crate, check=True, capture_output=True)


def main() -> None:
    """Record, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", type=Path, required=True, help="a git repository with both tags")
    parser.add_argument("--name", default="tokio")
    parser.add_argument("--prefix", default="tokio-", help="what stands before the version in a tag")
    parser.add_argument("--old", default="1.50.0")
    parser.add_argument("--new", default="1.53.1")
    parser.add_argument(
        "--item", default="tokio::net::unix::pipe::Receiver::try_io", help="a new item, which is asked about"
    )
    parser.add_argument("--features", default="net", help="what the crate needs for it")
    parser.add_argument("--raised", default="", help="the version that the crate has; without it the new one")
    parser.add_argument(
        "--home", type=Path, default=Path.home() / ".rusta", help="where the weights and the library are"
    )
    asked = parser.parse_args()
    old, new = f"{asked.prefix}{asked.old}", f"{asked.prefix}{asked.new}"
    with tempfile.TemporaryDirectory(prefix="rusta-") as place:
        folder, source = Path(place), Path(place, "src", asked.name)
        recording = Recording(folder)
        Path(place, ".rusta").mkdir()
        for part in ("models", "library"):
            if (asked.home / part).is_dir():
                Path(place, ".rusta", part).symlink_to((asked.home / part).resolve())
        relay = folder / "relay"
        (relay / "src").mkdir(parents=True)
        (relay / "src" / "main.rs").write_text("fn main() {}\n")
        print(ABOUT.format(name=asked.name, old=old, new=new, most=LONGEST).rstrip())

        recording.heading(f"Monday: {asked.name} is at {asked.old}")
        released(asked.upstream, source, [old])
        recording.run("mirror", "add", f"~/src/{asked.name}".replace("~", place), f"release={asked.prefix}")
        recording.run("mirror", "status")

        recording.heading(f"Tuesday: {asked.name} has released {asked.new}")
        released(asked.upstream, source, [new])
        told = recording.run("mirror-update", asked.name, "limit=5")
        notes = re.findall(r"^  (semantic/\S+)$", told, re.MULTILINE)
        name = "-".join(asked.item.lower().replace("_", "-").split("::")[-2:])
        about = [note for note in notes if name in note] or notes
        recording.run("devlog", "show", about[0])
        recording.run("mirror", "status")

        version = asked.raised or asked.new
        recording.heading(f"Wednesday: she is asked in a crate whose lock has {asked.name} {version}")
        locked(relay, asked.name, version, asked.features)
        recording.run("mirror", "ask", f"What is new about {asked.item}?", within="relay")
        recording.run("ask", f"What does {asked.item} do?", within="relay")


if __name__ == "__main__":
    main()
