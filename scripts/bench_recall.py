#!/usr/bin/env python3
"""How often she finds the right entry: her recall beside rg, bm25s and FTS5 without a stemmer, on one set.

    .venv/bin/python scripts/bench_recall.py [--json] [--data FILE.jsonl] [--vectors]

A set has one object a line: `{"id", "text", "date"}` is an entry, `{"question", "evidence": [ids]}` a question;
`evidence: []` is a question that no entry answers. Without --data it is tests/memory/recall/set.jsonl, which is ours.

recall@k: the share of a question's evidence among the first k. MRR: one over the place of the first. abstained: of the
questions without an answer, those for which nothing was recalled; falsely: of those with one. `auc`: how well the best
score tells the two kinds apart, 0.5 is chance. rg, bm25s and FTS5 get the words without stop words.
Not covered: whether an answer made of what was recalled is right.
"""

import argparse
import importlib.util
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SET = ROOT / "tests/memory/recall/set.jsonl"
JOURNALS = ("episodic", "semantic", "procedural", "emotional", "didactic", "lab")
Ranked = list[tuple[str, float]]
Method = Callable[[str], Ranked]


def read(file: Path) -> tuple[list[dict], list[dict]]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [one for one in lines if "id" in one], [one for one in lines if "question" in one]


def lay_out(entries: list[dict], home: Path) -> dict[str, str]:
    """Write the entries as journals. Returns path -> id: an id that is no path gets one."""
    paths = {}
    for n, entry in enumerate(entries):
        known = entry["id"].partition("/")[0] in JOURNALS and entry["id"].endswith(".md")
        path = entry["id"] if known else f"episodic/{n:06}.md"
        text = (
            entry["text"]
            if entry["text"].startswith("---\n")
            else f"---\ndate: {entry['date']}\n---\n\n{entry['text']}\n"
        )
        file = home / "devlogs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        paths[path] = entry["id"]
    return paths


def content(question: str) -> list[str]:
    from rusta.memory import words

    return [word for word in re.findall(r"\w+", question.lower()) if word not in words.STOP and len(word) > 1]


def by_rg(home: Path) -> Method:
    """Files by how often any of the words stands in them."""

    def rank(question: str) -> Ranked:
        asked = [part for word in content(question) for part in ("-e", word)]
        if not asked:
            return []
        command = ["rg", "--count-matches", "-i", "-w", *asked, "."]
        found = subprocess.run(command, cwd=home / "devlogs", capture_output=True, text=True).stdout
        counts = [line.removeprefix("./").rpartition(":") for line in found.splitlines()]
        return sorted(((path, float(n)) for path, _, n in counts), key=lambda one: (-one[1], one[0]))

    return rank


def by_bm25s(texts: dict[str, str]) -> Method:
    import bm25s

    paths = list(texts)
    retriever = bm25s.BM25()
    retriever.index(bm25s.tokenize(list(texts.values()), stopwords="en", show_progress=False), show_progress=False)

    def rank(question: str) -> Ranked:
        tokens = bm25s.tokenize([question], stopwords="en", show_progress=False)
        if not tokens.vocab:
            return []
        found, scores = retriever.retrieve(tokens, k=50, show_progress=False)
        return [(paths[n], float(score)) for n, score in zip(found[0], scores[0], strict=True) if score > 0]

    return rank


def by_fts(texts: dict[str, str], tokenizer: str) -> Method:
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5(path UNINDEXED, body, tokenize='{tokenizer}')")
    db.executemany("INSERT INTO t VALUES (?, ?)", texts.items())

    def rank(question: str) -> Ranked:
        if not (asked := content(question)):
            return []
        query = "SELECT path, -bm25(t) FROM t WHERE t MATCH ? ORDER BY rank LIMIT 50"
        return db.execute(query, (" OR ".join(f'"{word}"' for word in asked),)).fetchall()

    return rank


def hers(home: Path, vectors: str, now: float) -> tuple[Method, Callable[[str], bool]]:
    from rusta.home import Home
    from rusta.memory.recall import Memory, Situation, certainty
    from rusta.memory.vectors import Vectors

    memory = Memory(Home(str(home), str(home / "out")), vectors=Vectors(vectors), patience_s=math.inf)
    memory.now = lambda: now
    memory.index.refresh()

    def rank(question: str) -> Ranked:
        found, weighed = memory.ranked(Situation.of(question))
        return [(hit.row.path, certainty(weighed[hit.row.id])) for hit in found]

    return rank, lambda question: bool(memory.recall(Situation.of(question)))


def figures(
    rank: Method, questions: list[dict], ids: dict[str, str], speaks: Callable[[str], bool] | None
) -> dict[str, float]:
    at5 = at10 = mrr = 0.0
    silent: Counter[bool] = Counter()
    best: dict[bool, list[float]] = {True: [], False: []}
    for one in questions:
        found = rank(one["question"])
        answerable = bool(one["evidence"])
        best[answerable].append(max((score for _, score in found[:5]), default=0.0))
        silent[answerable] += not (speaks(one["question"]) if speaks else found)
        if answerable:
            ranked = [ids[path] for path, _ in found]
            at5 += len(set(ranked[:5]) & set(one["evidence"])) / len(one["evidence"])
            at10 += len(set(ranked[:10]) & set(one["evidence"])) / len(one["evidence"])
            mrr += next((1 / n for n, id in enumerate(ranked, 1) if id in one["evidence"]), 0.0)
    with_, without = len(best[True]), len(best[False])
    pairs = sum((a > b) + 0.5 * (a == b) for a in best[True] for b in best[False])
    return {
        "recall_5": round(at5 / with_, 4),
        "recall_10": round(at10 / with_, 4),
        "mrr": round(mrr / with_, 4),
        "abstained": round(silent[False] / without, 4) if without else 0.0,
        "falsely": round(silent[True] / with_, 4),
        "auc": round(pairs / (with_ * without), 4) if without else 0.0,
    }


def methods(home: Path, vectors: bool, now: float) -> Iterator[tuple[str, Method, Callable[[str], bool] | None]]:
    texts = {
        p.relative_to(home / "devlogs").as_posix(): p.read_text(encoding="utf-8")
        for p in (home / "devlogs").rglob("*.md")
    }
    yield "rg", by_rg(home), None
    if importlib.util.find_spec("bm25s"):
        yield "bm25s", by_bm25s(texts), None
    yield "fts5_no_porter", by_fts(texts, "unicode61"), None
    yield "fts5_porter", by_fts(texts, "porter unicode61"), None
    for kind in ("none", "minilm") if vectors else ("none",):
        yield f"rusta_{kind}", *hers(home, kind, now)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="only the figures, as one line of JSON")
    parser.add_argument("--data", type=Path, default=SET)
    parser.add_argument("--vectors", action="store_true", help="with memory.vectors=minilm as well: minutes")
    said = parser.parse_args()
    entries, questions = read(said.data)
    newest = max(datetime.fromisoformat(entry["date"]) for entry in entries)
    out: dict[str, object] = {"entries": len(entries), "questions": len(questions)}
    out["unanswerable"] = sum(not one["evidence"] for one in questions)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ids = lay_out(entries, home)
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        for name, rank, speaks in methods(home, said.vectors, (newest + timedelta(days=1)).timestamp()):
            got = figures(rank, questions, ids, speaks)
            out |= {f"{name}_{key}": value for key, value in got.items()}
            if not said.json:
                print(f"{name:16}", "  ".join(f"{key} {value:.3f}" for key, value in got.items()), flush=True)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
