"""`rusta devlog forget` as a person runs it, and whose the files in the home are."""

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from rusta.core.home import Home
from rusta.memory.storage.devlogs import DevLogs

SAID = "Our parser crate lexikon is built for the Halvorsen account in Bergen."


def test_a_forgotten_entry_is_nowhere_and_all_in_her_home_is_its_owners_alone(
    home: Home, rusta: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    root = Path(home.root)
    (root / "sessions").mkdir(parents=True)
    (root / "sessions" / "old.jsonl").write_text(json.dumps({"type": "turn", "role": "user", "text": SAID}) + "\n")
    for one, mode in (("sessions/old.jsonl", 0o644), ("sessions", 0o755), (".", 0o755)):
        (root / one).chmod(mode)
    path = DevLogs(home.devlogs).write("semantic", SAID[:-1], SAID)
    done = rusta("devlog", "forget", path, "yes=true", "output=json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["path"] == path
    assert subprocess.run(["grep", "-rail", "Halvorsen", str(root)], stdout=subprocess.PIPE).stdout == b""
    git = ["git", f"--git-dir={home.devlogs / '.git'}", "cat-file", "--batch-all-objects", "--batch"]
    assert b"Halvorsen" not in subprocess.run(git, capture_output=True, check=True).stdout
    open_ = [str(one) for one in (root, *root.rglob("*")) if stat.S_IMODE(one.lstat().st_mode) & 0o077]
    assert open_ == [] and len(list(root.rglob("*"))) > 10
    cache = Path(os.environ["XDG_CACHE_HOME"])
    assert not any("lexikon" in one.read_text() for one in cache.rglob("*.json"))
