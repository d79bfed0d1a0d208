#!/usr/bin/env python3
"""How fast her diary is searched: her index beside `rg -il` over the same files, in the same run.

    .venv/bin/python scripts/bench_devlogs.py [--json] [--entries 100000] [--rounds 5] [--keep FOLDER]

Entries are generated, the same for the same number: lengths are those of the DevLogs in rusta/corpus, sentences are
from the corpus with names and numbers exchanged. `rg` reads every file and ranks nothing; it is asked each of the
queries' words in turn with the files in the page cache, like everything else here. Not covered: a cold disk.
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CORPUS = ROOT / "rusta/corpus"
SHARE = {"episodic": 0.4, "semantic": 0.25, "procedural": 0.2, "emotional": 0.15}
TAGS = ["async", "borrowck", "serde", "tokio", "bevy", "burn", "cubecl", "wgpu", "clippy", "unsafe", "ffi", "macros"]
SYLLABLES = (
    "ka",
    "ro",
    "mi",
    "ten",
    "sul",
    "vo",
    "pra",
    "dex",
    "lin",
    "or",
    "qua",
    "zet",
    "bu",
    "fi",
    "nal",
    "gor",
    "pe",
    "tri",
    "mas",
)
# Rare, common, several words, a code, and a sentence as a person would say it.
QUERIES = [
    "sparse set",
    "borrow",
    "the test that failed in release",
    "E0502",
    "why did the connection pool keep a guard across the await",
    "read_line appends to the buffer",
    "lifetime",
]


def name(rng: random.Random) -> str:
    """A word that looks like an identifier, from a vocabulary that grows as a real one does."""
    return "_".join("".join(rng.choices(SYLLABLES, k=2)) for _ in range(rng.choice((1, 2, 2))))


def generate(folder: Path, entries: int) -> None:
    """Write `entries` DevLogs below `folder`. A function of their number alone."""
    pages = {journal: [p.read_text() for p in sorted((CORPUS / "devlogs" / journal).glob("*.md"))] for journal in SHARE}
    lengths = {journal: [len(text.split("---", 2)[2]) for text in texts] for journal, texts in pages.items()}
    prose = [p.read_text() for p in sorted(CORPUS.rglob("*.md")) if "sealed" not in p.parts]
    sentences = [
        s.strip()
        for text in prose
        for s in re.split(r"(?<=[.?!])\s+|\n\n", text.split("---", 2)[-1])
        if 20 < len(s) < 400
    ]
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for n in range(entries):
        rng = random.Random(n)
        journal = rng.choices(list(SHARE), list(SHARE.values()))[0]
        date = begin + timedelta(seconds=n * 94_608_000 // entries)
        tags = [*rng.sample(TAGS, 2), rng.choice([f"E0{rng.randrange(1, 800):03}", name(rng)])]
        topic = f"{name(rng)}-{name(rng)}".replace("_", "-")
        body, want = [], rng.choice(lengths[journal]) * rng.uniform(0.7, 1.3)
        while want > 0:
            words = rng.choice(sentences).split(" ")
            if rng.random() < 0.5:
                words[rng.randrange(len(words))] = f"`{name(rng)}`"
            body.append(" ".join(words))
            want -= len(body[-1])
        breaks = "".join(s + ("\n\n" if rng.random() < 0.25 else " ") for s in body)
        month = folder / journal / f"{date:%Y-%m}"
        month.mkdir(parents=True, exist_ok=True)
        (month / f"{date:%Y-%m-%d}_{topic}-{n}.md").write_text(
            f"---\ndate: {date:%Y-%m-%dT%H:%M:%SZ}\ntype: {journal}\ntags: [{', '.join(tags)}]\n"
            f"confidence: {rng.choice(('low', 'medium', 'high'))}\ncontext: {topic}\n---\n\n{breaks.strip()}\n"
        )


def timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def rg(folder: Path, word: str) -> Callable[[], object]:
    return lambda: subprocess.run(["rg", "-il", word, str(folder)], stdout=subprocess.DEVNULL, check=False)


def searches(folder: Path, file: Path, rounds: int) -> dict[str, float]:
    """Index once, then ask in turn: rg, an open index, an open index that looks at every file first."""
    from rusta.memory.index.index import Index

    index = Index(folder, file)
    rg(folder, "borrow")()  # every file is in the page cache from here on
    before = statistics.median(timed(rg(folder, "borrow")) for _ in range(3))
    index_s = timed(index.refresh)
    time.sleep(2.1)
    index.refresh()  # what was written a moment before the index is looked into once more
    took: dict[str, dict[str, list[float]]] = {
        kind: {query: [] for query in QUERIES} for kind in ("rg", "warm", "checked")
    }
    for query in QUERIES:
        index.search(query)
    for _ in range(rounds):
        for query in QUERIES:
            took["rg"][query].append(timed(rg(folder, max(query.split(), key=len))))
            took["warm"][query].append(timed(lambda query=query: index.search(query)))
            took["checked"][query].append(timed(lambda query=query: (index.refresh(), index.search(query))))
    index.close()
    middle = {kind: {query: statistics.median(times) for query, times in of.items()} for kind, of in took.items()}
    rg_s, warm, checked = (statistics.median(middle[kind].values()) for kind in ("rg", "warm", "checked"))
    return {
        "rg_s": rg_s,
        "search_warm_s": warm,
        "search_warm_worst_s": max(middle["warm"].values()),
        "search_checked_s": checked,
        "search_checked_worst_s": max(middle["checked"].values()),
        "index_s": index_s,
        "index_bytes": float(file.stat().st_size),
        "warm_over_rg": warm / rg_s,
        "warm_worst_over_rg": max(middle["warm"].values()) / rg_s,
        "checked_over_rg": checked / rg_s,
        "checked_worst_over_rg": max(middle["checked"].values()) / rg_s,
        "index_over_rg": index_s / statistics.median([rg_s, before]),
    }


def process(home: Path, rounds: int) -> float:
    """Seconds of a whole `rusta devlog search`, started, asked and ended, over the journals in `home`."""
    command = [sys.executable, "-m", "rusta", "devlog", "search", "the connection pool", "output=json"]
    environment = {**os.environ, "RUSTA_HOME": str(home), "PYTHONPATH": str(ROOT)}

    def once() -> None:
        subprocess.run(command, env=environment, cwd=home, check=True, stdout=subprocess.DEVNULL)

    once()  # makes the index
    time.sleep(2.1)
    once()
    return statistics.median(timed(once) for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="only the figures, as one line of JSON")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="a folder for the generated entries, to be used again")
    said = parser.parse_args()
    if not shutil.which("rg"):
        sys.exit("There is no rg to compare with. Install ripgrep: apt-get install ripgrep")
    version = subprocess.run(["rg", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    with tempfile.TemporaryDirectory() as scratch:
        large = (said.keep or Path(scratch)) / str(said.entries) / "devlogs"
        small = (said.keep or Path(scratch)) / "5000" / "devlogs"
        for folder, entries in ((large, said.entries), (small, 5_000)):
            if not folder.exists():
                generate(folder, entries)
        figures: dict[str, object] = {"entries": said.entries, "rg": version}
        figures |= searches(large, Path(scratch) / "index.sqlite", said.rounds)
        home = Path(scratch) / "home"
        home.mkdir()
        (home / "devlogs").symlink_to(small)
        figures["process_5k_s"] = process(home, said.rounds)
    out = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    if not said.json:
        for key, value in out.items():
            print(f"{key:24} {value}")
    print(json.dumps(out))


if __name__ == "__main__":
    main()
