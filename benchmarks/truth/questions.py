"""Questions on Rust with their graders: what an answer has to say, and what it must not.

A grader sees the text that the person sees, in one line, without backticks and without the targets of links. An answer is
right if of every group of `right` one pattern is found and none of `wrong`; it is silent if it is not right and admits that
it does not know.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ADMITS = re.compile(
    r"\bI (?:do not|don['’]t|cannot|can['’]t|am unable to|could not|couldn['’]t) (?:know|find|say|answer|tell|be sure|compile)"
    r"|\bI['’]?(?: a)?m not sure",
    re.IGNORECASE,
)

LINK = re.compile(r"(?<=\])\((?:file|https?)://[^)\s]*\)")


class Verdict(StrEnum):
    """What an answer is."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "silent"


@dataclass(frozen=True)
class Question:
    """A question, its grader, and the page or command where its answer stands."""

    id: str
    kind: str  # error_code, std, invented, twin, rule, program
    question: str
    right: tuple[tuple[str, ...], ...]
    wrong: tuple[str, ...]
    source: str

    def grade(self, answer: str) -> Verdict:
        """Whether an answer is right, wrong, or an admission."""
        said = " ".join(LINK.sub("", answer).replace("`", "").split())
        found = all(any(re.search(one, said, re.IGNORECASE) for one in group) for group in self.right)
        if found and not any(re.search(one, said, re.IGNORECASE) for one in self.wrong):
            return Verdict.RIGHT
        return Verdict.SILENT if not said or ADMITS.search(said) else Verdict.WRONG


def read(path: Path) -> list[Question]:
    """The questions of a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Question(
            row["id"], row["kind"], row["question"], tuple(map(tuple, row["right"])), tuple(row["wrong"]), row["source"]
        )
        for row in rows
    ]


def stratified(questions: Iterable[Question], most: int) -> list[Question]:
    """A fixed part of a set with as large a share of every kind, evenly spread over the file."""
    kinds = defaultdict[str, list[Question]](list)
    for one in questions:
        kinds[one.kind].append(one)
    every = sum(map(len, kinds.values()))
    chosen: list[Question] = []
    for group in kinds.values():
        share = max(1, round(most * len(group) / every))
        chosen += [group[n * len(group) // share] for n in range(min(share, len(group)))]
    return chosen


def shares(verdicts: Sequence[Verdict], suffix: str) -> dict[str, float]:
    """The share of each verdict, under keys with this suffix."""
    return {f"{one}_{suffix}": round(verdicts.count(one) / max(1, len(verdicts)), 4) for one in Verdict}
