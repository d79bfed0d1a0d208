#!/usr/bin/env python3
"""Record docs/mirror.txt: a repository is mirrored on Monday, read on Tuesday, and what was read is used on Wednesday.

    .venv/bin/python scripts/record_mirror.py --upstream FOLDER [--weights HOME] > docs/mirror.txt

FOLDER is a git repository that has the tags of both releases, such as a clone of tokio. The commands are run as a person would
run them, in a home and a folder of this recording's own, and what they print is written down; the paths are shortened to `~`.
The home with the weights that answer on Wednesday is `--weights` (~/.rusta). It takes minutes, most of them for the library.
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
CRATE = '[package]\nname = "relay"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n{name} = "{version}"\n'


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
            [sys.executable, "-m", "rusta", *words],
            cwd=where,
            env=self.env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        said = self._shortened(ran.stdout + ran.stderr)
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


def main() -> None:
    """Record, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", type=Path, required=True, help="a git repository with both tags")
    parser.add_argument("--name", default="tokio")
    parser.add_argument("--prefix", default="tokio-", help="what stands before the version in a tag")
    parser.add_argument("--old", default="1.50.0")
    parser.add_argument("--new", default="1.53.1")
    parser.add_argument("--item", default="", help="an item that is new or changed, which is asked about")
    parser.add_argument("--task", default="", help="what she is asked on Wednesday, in the crate")
    parser.add_argument("--weights", type=Path, default=Path.home() / ".rusta", help="a home with the weights")
    asked = parser.parse_args()
    old, new = f"{asked.prefix}{asked.old}", f"{asked.prefix}{asked.new}"
    with tempfile.TemporaryDirectory(prefix="rusta-") as place:
        folder, source = Path(place), Path(place, "src", asked.name)
        recording = Recording(folder)
        if (asked.weights / "models").is_dir():
            Path(place, ".rusta").mkdir()
            Path(place, ".rusta", "models").symlink_to(asked.weights / "models")
        relay = folder / "relay"
        (relay / "src").mkdir(parents=True)
        (relay / "Cargo.toml").write_text(CRATE.format(name=asked.name, version=asked.new))
        (relay / "src" / "main.rs").write_text("fn main() {}\n")
        print(ABOUT.format(name=asked.name, old=old, new=new, most=LONGEST).rstrip())

        recording.heading(f"Monday: {asked.name} is at {asked.old}")
        released(asked.upstream, source, [old])
        recording.run("mirror", "add", f"~/src/{asked.name}".replace("~", place), f"release={asked.prefix}")
        recording.run("mirror", "status")

        recording.heading(f"Tuesday: {asked.name} has released {asked.new}")
        released(asked.upstream, source, [new])
        told = recording.run("mirror-update", asked.name)
        notes = re.findall(r"^  (semantic/\S+)$", told, re.MULTILINE)
        about = [note for note in notes if asked.item.rpartition("::")[2].replace("_", "-") in note] or notes
        recording.run("devlog", "read", about[0])
        recording.run("mirror", "status")

        recording.heading("Wednesday: she is asked, and finds what she read")
        recording.run("mirror", "ask", f"What changed about `{asked.item}`?", within="relay")
        if asked.task:
            recording.run("ask", asked.task, "approve=none", within="relay")


if __name__ == "__main__":
    main()
