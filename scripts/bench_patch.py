"""What a reversible edit costs: `python scripts/bench_patch.py [--json] [--edits N] [--folder FOLDER]`.

One file of 200 lines is edited N times, in a git repository and in a plain folder, and taken back at once. Milliseconds
of the clock are the disk's and the neighbours' as much as hers; processor time (hers and git's) is hers alone.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from rusta.tools.patch import EditHistory


def processor() -> float:
    return sum(os.times()[:4])


def measure(kind: str, edits: int, folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        root, text = Path(scratch, "crate"), b"fn main() {}\n" * 200
        (root / "src").mkdir(parents=True)
        (root / "src" / "main.rs").write_bytes(text)
        if kind == "git":
            subprocess.run(["git", "init", "-q", root], check=True)
        start = time.perf_counter()
        with EditHistory.open(root, Path(scratch, "home")) as history:
            opened, walls, before = time.perf_counter() - start, [], processor()
            for number in range(edits):
                start = time.perf_counter()
                history.apply({"src/main.rs": b"// %d\n" % number + text}, "because")
                walls.append(time.perf_counter() - start)
            used, start = processor() - before, time.perf_counter()
            history.undo("all")
            undone = time.perf_counter() - start
        walls.sort()
        found = {"open": opened, "apply": walls[edits // 2], "apply_p90": walls[edits * 9 // 10],
                 "apply_least": walls[0], "apply_processor": used / edits, "undo_all": undone}  # fmt: skip
        return {f"{name}_ms": round(seconds * 1e3, 1) for name, seconds in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is to be measured")
    asked = parser.parse_args()
    found = {kind: measure(kind, asked.edits, asked.folder) for kind in ("git", "plain")}
    if asked.json:
        print(json.dumps({"edits": asked.edits, "load": os.getloadavg()[0], **found}, indent=2))
        return
    for kind, figures in found.items():
        print(kind, " ".join(f"{name}={value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
