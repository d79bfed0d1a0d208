#!/usr/bin/env python3
"""How long a person waits in a session: from the judge's last word to the prompt, from Ctrl-D to the shell, of a one-shot repair.

    .venv/bin/python scripts/bench_session.py [--json] [--rounds 3]

A crate that does not compile is mended in a real terminal (a pty) with the body of this machine, its mind, cargo and the
sandbox, and again as one command. Her home is a temporary one that takes only the weights from yours. Seconds, the largest
of the rounds: `prompt_back_s` from the line with the tests' result to the next prompt, `leave_s` from Ctrl-D to the end of the
process, `one_shot_s` from the last `tried` event to its end.
"""

import argparse
import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LIB = """//! Who comes.

/// Everybody but the host, who is the first on the list.
pub fn guests(names: Vec<String>) -> Vec<String> {
    let host = &names[0];
    let mut others = names;
    others.retain(|name| name != host);
    others
}

#[test]
fn the_host_is_no_guest() {
    let names = ["Ada", "Grace"].map(String::from).to_vec();
    assert_eq!(guests(names), ["Grace"]);
}
"""
ASKED = "It does not compile. Please fix it."
ASKS_CURSOR, CURSOR = (
    b"\x1b[6n",
    b"\x1b[1;1R",
)  # a terminal answers where its cursor is; prompt_toolkit waits a second for it
PROMPT = re.compile(rb"\xe2\x80\xba(?:\x1b\[[0-9;?]*[a-zA-Z])*\s")  # the mark of the line that is waited at
JUDGED = re.compile(rb"tests: \d+ passed")
PATIENCE_S = 600


def crate(at: Path) -> Path:
    """A crate of one broken function, under git."""
    (at / "src").mkdir(parents=True)
    (at / "src" / "lib.rs").write_text(LIB)
    (at / "Cargo.toml").write_text('[package]\nname = "guests"\nversion = "0.1.0"\nedition = "2024"\n')
    (at / ".gitignore").write_text("target\n")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-qm", "begin"],
    ):
        subprocess.run(["git", "-C", at, *words], check=True)
    return at


def environment(home: Path) -> dict[str, str]:
    """A home of its own with the weights of the person's."""
    from rusta.core.home import standard

    home.mkdir()
    (home / "models").symlink_to(standard() / "models")
    return {**os.environ, "RUSTA_HOME": str(home), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}


def at_a_terminal(at: Path, home: Path) -> dict[str, float]:
    """Ask, be answered, leave."""
    outside, inside = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "rusta", "chat", "approve=all", f"workspace={at}"], cwd=at, env=environment(home),
        stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
    )  # fmt: skip
    os.close(inside)
    seen, began = b"", time.monotonic()

    def read() -> bytes:
        """What the program writes, its question about the cursor answered as every terminal does."""
        written = os.read(outside, 65536)
        for _ in range(written.count(ASKS_CURSOR)):
            os.write(outside, CURSOR)
        return written

    def until(found: re.Pattern[bytes], start: int) -> tuple[int, float]:
        """Where what was seen ends with it, and when it came."""
        nonlocal seen
        while not (one := found.search(seen, start)):
            if time.monotonic() - began > PATIENCE_S or child.poll() is not None:
                raise SystemExit(f"{found.pattern!r} never came:\n{seen.decode(errors='replace')[-2000:]}")
            if select.select([outside], [], [], 0.05)[0]:
                seen += read()
        return one.end(), time.monotonic()

    place, _ = until(PROMPT, 0)
    os.write(outside, f"{ASKED}\r".encode())
    place, judged = until(JUDGED, place)
    place, back = until(PROMPT, place)
    os.write(outside, b"\x04")
    left = time.monotonic()
    while child.poll() is None:
        if select.select([outside], [], [], 0.02)[0]:
            try:
                read()
            except OSError:  # the other side is closed
                break
    child.wait(PATIENCE_S)
    return {"prompt_back_s": back - judged, "leave_s": time.monotonic() - left}


def one_shot(at: Path, home: Path) -> dict[str, float]:
    """The same as one command, whose events are told as they happen."""
    words = ["-m", "rusta", "ask", ASKED, "approve=all", "output=jsonl", f"workspace={at}"]
    child = subprocess.Popen([sys.executable, *words], cwd=at, env=environment(home), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert child.stdout
    judged = 0.0
    for line in child.stdout:
        if json.loads(line)["type"] == "tried":
            judged = time.monotonic()
    if child.wait(PATIENCE_S) or not judged:
        raise SystemExit(
            f"The one-shot repair ended with {child.returncode}, and {'something' if judged else 'nothing'} was tried."
        )
    return {"one_shot_s": time.monotonic() - judged}


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found: dict[str, float] = {}
    for n in range(asked.rounds):
        with tempfile.TemporaryDirectory(prefix="rusta-bench-session-") as folder:
            place = Path(folder)
            for figures in (
                at_a_terminal(crate(place / "one" / "guests"), place / "home-one"),
                one_shot(crate(place / "two" / "guests"), place / "home-two"),
            ):
                for name, value in figures.items():
                    found[name] = round(max(value, found.get(name, 0.0)), 3)
            print(f"round {n + 1}: {found}", file=sys.stderr)
    print(json.dumps(found) if asked.json else "\n".join(f"{name:<16}{value:>8.3f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
