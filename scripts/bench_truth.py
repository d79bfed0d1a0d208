#!/usr/bin/env python3
"""How many questions on Rust she answers rightly, beside the same mind alone, with her persona, and with pages in its prompt.

    .venv/bin/python scripts/bench_truth.py [--json] [--quick] [--models qwen2_5_coder_0_5b,qwen2_5_coder_1_5b] [--show KIND]

The ways: `grounded`, what `rusta ask` says (quotes, the compiler, lookups); `key`, the first sentences of the page that a name
leads to, and nothing else; and for each model `bare` (the question alone), `persona` (with her identity), `rag` (with three
passages that a search finds), each with at most 120 tokens, greedily. Grounded on all questions, and on a hundred that
a reader wrote who had not seen the code; the others on a fixed part of a hundred. --quick: grounded and key alone.
What was measured is kept and gone on with; --fresh begins anew. With --json the last line of stdout is one object.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.truth.minds import KeptAnswers, awake  # noqa: E402
from benchmarks.truth.questions import Question, Verdict, read, shares, stratified  # noqa: E402
from rusta.core.home import Home, standard  # noqa: E402

QUESTIONS = ROOT / "tests" / "library" / "questions.jsonl"
BY_A_READER = ROOT / "tests" / "library" / "questions_by_a_reader.jsonl"
PART, MOST_TOKENS = 100, 120
PASSAGES, WORDS = 3, 100  # of a prompt with passages, and of each


def main() -> None:
    """Ask, grade, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="without the ways that need a model")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    parser.add_argument("--models", default="qwen2_5_coder_0_5b,qwen2_5_coder_1_5b")
    parser.add_argument("--show", default="", help="print the answers of this kind that are not right")
    asked = parser.parse_args()
    home = Home(str(standard()), "")
    kept = KeptAnswers(standard() / "bench" / "truth.jsonl", asked.fresh)
    mine, theirs = read(QUESTIONS), read(BY_A_READER)
    facts: dict[str, Any] = {"questions": len(mine), "by_a_reader": len(theirs), "part": PART}
    grounded = partial(said_by_her, answers(home))
    seconds: list[float] = []
    for name, group in (("grounded", mine), ("grounded_reader", theirs)):
        verdicts = [graded(one, grounded, seconds, asked.show) for one in told(name, group)]
        facts |= shares(verdicts, name)
        for kind in dict.fromkeys(one.kind for one in group):
            of = [verdict for one, verdict in zip(group, verdicts, strict=True) if one.kind == kind]
            facts[f"right_{kind}_{name}"] = of.count(Verdict.RIGHT)
            facts[f"of_{kind}_{name}"] = len(of)
    facts["grounded_median_s"] = round(statistics.median(seconds), 3)
    part = stratified(mine, PART)
    facts |= shares([graded(one, grounded, [], "") for one in told("grounded, the part", part)], "grounded_part")
    facts |= shares([graded(one, partial(lead_of_key, home), [], "") for one in told("key", part)], "key")
    for model in [] if asked.quick else asked.models.split(","):
        size = "" if model.endswith("0_5b") else f"_{model.removeprefix('qwen2_5_coder_')}"
        for way in ("bare", "persona", "rag"):
            said = partial(said_by_mind, home, model, way)
            verdicts = [kept.verdict(one, f"{way} {model}", said) for one in told(f"{way}{size}", part)]
            facts |= shares(verdicts, f"{way}{size}")
    for name, value in facts.items():
        print(f"{name:<34}{value}", file=sys.stderr)
    if asked.json:
        print(json.dumps(facts))


def told(name: str, group: list[Question]) -> Any:
    """The questions, with progress."""
    for n, one in enumerate(group, 1):
        if sys.stderr.isatty() or n == len(group):
            print(f"\r{name}: {n} of {len(group)} ", end="\n" if n == len(group) else "", file=sys.stderr, flush=True)
        yield one


def graded(question: Question, said: Callable[[str], str], seconds: list[float], show: str) -> Verdict:
    """Ask one question and grade the answer."""
    began = time.perf_counter()
    answer = said(question.question)
    seconds.append(time.perf_counter() - began)
    verdict = question.grade(answer)
    if question.kind == show and verdict is not Verdict.RIGHT:
        print(f"\n## {question.id} {verdict}: {question.question}\n{answer}\n", file=sys.stderr)
    return verdict


@cache
def answers(home: Home) -> Any:
    """What she looks things up with; the index is built where there is none."""
    from rusta.core.output import counted
    from rusta.library.documentation import Documentation
    from rusta.library.index import Library
    from rusta.loop.read.library_answers import LibraryAnswers
    from rusta.tools.sandbox import choose
    from rusta.tools.toolchain import Installed

    documentation = Documentation.of(Installed(Path(Path.cwd().anchor)).bin)
    if documentation:
        Library.build(home, documentation, counted("pages of Rust's documentation")).close()
    return LibraryAnswers(home, Path(Path.cwd().anchor), None, lambda: choose("auto"))


def said_by_her(library: Any, question: str) -> str:
    """What the person sees of her answer."""
    found = library.answer(question)
    return f"{found.text}\n\n{found.after()}" if found else ""


def lead_of_key(home: Home, question: str) -> str:
    """The first sentences of the page that the question's first key leads to."""
    from rusta.library.answers import keyed
    from rusta.library.index import Library
    from rusta.library.quotes import Quote
    from rusta.library.routing import routes
    from rusta.library.selection import lead

    documentation = answers(home).pages.documentation
    with Library.open(home, documentation) as library:
        quotes, unknown = keyed(library, question, routes(question))

    def first(one: Quote) -> str:
        return f"{one.said} {' '.join(unit.text for unit in lead(one.more))}"

    return " ".join([*map(first, quotes), *unknown]) or "I do not know."


def said_by_mind(home: Home, model: str, way: str, question: str) -> str:
    """What a model says to the question, alone, as Rusta, or with passages beside it."""
    from rusta.identity.turns import Role, Turn
    from rusta.mind.mind import Generation

    mind, identity = awake(home, model)
    turns = [Turn(Role.PERSON, f"{passages(home, question)}{question}" if way == "rag" else question)]
    generation = Generation(max_tokens=MOST_TOKENS, temperature=0.0)
    pieces = mind.stream([identity, *turns] if way == "persona" else turns, generation)
    return "".join(piece.text for piece in pieces)


def passages(home: Home, question: str) -> str:
    """Passages that a search finds, as a prompt."""
    from rusta.library.index import Library
    from rusta.memory.index.terms import wanted

    with Library.open(home, answers(home).pages.documentation) as library:
        found = library.search([word for word in wanted(question) if " " not in word], PASSAGES)
    return "".join(f"{one.title}: {' '.join(one.text.split()[:WORDS])}\n\n" for one in found)


if __name__ == "__main__":
    main()
