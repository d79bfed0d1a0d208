#!/usr/bin/env python3
"""How fast her diary is searched: her index beside `rg -il` over the same files, in the same run.

    .venv/bin/python scripts/bench_devlogs.py [--json] [--entries 100000] [--rounds 5] [--keep FOLDER]

Entries are generated, the same for the same number: lengths are those of the DevLogs in rusta/corpus, sentences are
from the corpus with names and numbers exchanged. `rg` reads every file and ranks nothing; it is asked each of the
queries' words in turn with the files in the page cache, like everything else here. Not covered: a cold disk.
"""

import random
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CORPUS = ROOT / "rusta/corpus"
SHARE = {"episodic": 0.4, "semantic": 0.25, "procedural": 0.2, "emotional": 0.15}
TAGS = ["async", "borrowck", "serde", "tokio", "bevy", "burn", "cubecl", "wgpu", "clippy", "unsafe", "ffi", "macros"]
SYLLABLES = [
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
]
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
