#!/usr/bin/env python3
"""How often she finds the right entry: her recall beside rg, bm25s and FTS5 without a stemmer, on one set.

    .venv/bin/python scripts/bench_recall.py [--json] [--data FILE.jsonl] [--no-vectors]

A set has one object a line: `{"id", "text", "date"}` is an entry, `{"question", "evidence": [ids]}` a question;
`evidence: []` is a question that no entry answers (scripts/recall_set.py). Without --data it is
tests/memory/recall/set.jsonl, which is ours. Vectors are measured where `rusta[vectors]` is installed; a set of
thousands of long entries then takes minutes.

recall@k: the share of a question's evidence among the first k. MRR: one over the place of the first. abstained: of the
questions without an answer, those for which nothing was recalled; falsely: of those with one. `auc`: how well the best
score tells the two kinds apart, 0.5 is chance. null: the set has no question of that kind. `default`: what she does here
unless told otherwise. entered and entered_recall: how many entries she lets into a turn, and the share of the evidence
among those; the others let in what is asked of them. rg, bm25s and FTS5 get the words without stop words.
Not covered: whether an answer made of what was recalled is right.
"""

import argparse
import importlib.util
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from recall_set import BadSet, Page, Question, read  # noqa: E402

SET = ROOT / "tests/memory/recall/set.jsonl"
Ranked = list[tuple[str, float]]
Method = Callable[[str], Ranked]
Recalls = Callable[[str], list[str]]


def lay_out(pages: Sequence[Page], home: Path) -> dict[str, str]:
    """Write the entries as journals. Returns path -> id: an id that is no path of an entry gets one."""
    from rusta.core.errors import RustaError
    from rusta.memory.storage.store import JournalFolder

    paths = {}
    for n, page in enumerate(pages):
        path = f"episodic/by-number/{n:06}.md"
        try:
            if JournalFolder(home / "devlogs").path(page.id) == page.id:
                path = page.id
        except RustaError:
            pass
        own = page.text.startswith("---\n")
        file = home / "devlogs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = page.text if own else f"---\ndate: {page.date.isoformat()}\n---\n\n{page.text}\n"
        file.write_text(text, encoding="utf-8", newline="")
        paths[path] = page.id
    return paths


def content(question: str) -> list[str]:
    from rusta.memory.index import terms

    return [word for word in re.findall(r"\w+", question.lower()) if word not in terms.STOP and len(word) > 1]


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
        tokens: Any = bm25s.tokenize([question], stopwords="en", show_progress=False)
        if not tokens.vocab:
            return []
        found, scores = retriever.retrieve(tokens, k=min(50, len(paths)), show_progress=False)
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


def hers(home: Path, vectors: str, now: float) -> tuple[Method, Recalls]:
    from rusta.core.home import Home
    from rusta.memory.index.vectors import Vectors
    from rusta.memory.recall.recall import HabitSituation, Memory

    memory = Memory(Home(str(home), str(home / "out")), vectors=Vectors(vectors), patience_s=math.inf)
    memory.now = lambda: now
    memory.index.refresh()

    def rank(question: str) -> Ranked:
        found, weighed = memory.ranked(HabitSituation.of(question))
        return [(hit.row.path, memory.certainty(weighed[hit.row.id])) for hit in found]

    return rank, lambda question: [one.path for one in memory.recall(HabitSituation.of(question))]


def figures(
    rank: Method, questions: Sequence[Question], ids: dict[str, str], recalls: Recalls | None
) -> dict[str, float | None]:
    at5 = at10 = mrr = inside = 0.0
    entered = 0
    silent: Counter[bool] = Counter()
    best: dict[bool, list[float]] = {True: [], False: []}
    for one in questions:
        found = rank(one.asked)
        answerable = bool(one.evidence)
        best[answerable].append(max((score for _, score in found[:5]), default=0.0))
        into = recalls(one.asked) if recalls else [path for path, _ in found[:5]]
        silent[answerable] += not into
        if answerable:
            ranked = [ids[path] for path, _ in found]
            entered += len(into)
            inside += len({ids[path] for path in into} & set(one.evidence)) / len(one.evidence)
            at5 += len(set(ranked[:5]) & set(one.evidence)) / len(one.evidence)
            at10 += len(set(ranked[:10]) & set(one.evidence)) / len(one.evidence)
            mrr += next((1 / n for n, id in enumerate(ranked, 1) if id in one.evidence), 0.0)
    with_, without = len(best[True]), len(best[False])
    pairs = sum((a > b) + 0.5 * (a == b) for a in best[True] for b in best[False])

    def share(of: float, all_: int) -> float | None:
        return round(of / all_, 4) if all_ else None

    return {
        "recall_5": share(at5, with_),
        "recall_10": share(at10, with_),
        "mrr": share(mrr, with_),
        "entered": share(entered, with_),
        "entered_recall": share(inside, with_),
        "abstained": share(silent[False], without),
        "falsely": share(silent[True], with_),
        "auc": share(pairs, with_ * without),
    }


def methods(home: Path, vectors: bool, now: float) -> Iterator[tuple[str, Method, Recalls | None]]:
    texts = {
        p.relative_to(home / "devlogs").as_posix(): p.read_text(encoding="utf-8")
        for p in sorted((home / "devlogs").rglob("*.md"))
    }
    if shutil.which("rg"):
        yield "rg", by_rg(home), None
    else:
        print("There is no rg to compare with: apt-get install ripgrep", file=sys.stderr)
    if importlib.util.find_spec("bm25s"):
        yield "bm25s", by_bm25s(texts), None
    else:
        print("There is no bm25s to compare with: pip install bm25s", file=sys.stderr)
    yield "fts5_no_porter", by_fts(texts, "unicode61"), None
    yield "fts5_porter", by_fts(texts, "porter unicode61"), None
    for kind in ("none", "minilm") if vectors else ("none",):
        yield f"rusta_{kind}", *hers(home, kind, now)


def main() -> None:
    from rusta.memory.index.vectors import MiniLM, missing

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="only the figures, as one line of JSON")
    parser.add_argument("--data", type=Path, default=SET, help="a set of your own")
    parser.add_argument("--vectors", action=argparse.BooleanOptionalAction, default=MiniLM.installed(),
                        help="by meaning as well: where it is installed unless said otherwise")  # fmt: skip
    said = parser.parse_args()
    if said.vectors and (lacking := missing()):
        sys.exit(f"--vectors needs {', '.join(lacking)}: pip install 'rusta[vectors]'")
    try:
        data = read(said.data)
    except BadSet as bad:
        sys.exit(str(bad))
    for note in data.notes:
        print(note, file=sys.stderr)
    newest = max(page.date for page in data.pages)
    out: dict[str, object] = {"entries": len(data.pages), "questions": len(data.questions)}
    out["unanswerable"] = sum(not one.evidence for one in data.questions)
    out["default"] = "rusta_minilm" if MiniLM.installed() else "rusta_none"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ids = lay_out(data.pages, home)
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        for name, rank, recalls in methods(home, said.vectors, (newest + timedelta(days=1)).timestamp()):
            got = figures(rank, data.questions, ids, recalls)
            out |= {f"{name}_{key}": value for key, value in got.items()}
            if not said.json:
                told = (f"{key} {'-' if value is None else f'{value:.3f}'}" for key, value in got.items())
                print(f"{name:16}", "  ".join(told), flush=True)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
