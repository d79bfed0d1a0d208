"""A program in a question is compiled, and what rustc says is the answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.tools.blocks import Block, BlockVerdict, compile_block
from rusta.tools.sandbox import Sandbox

PROGRAM = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(?:rust|rs)?[^\n]*\n(.*?)^[ \t]*(?:```|~~~)[ \t]*$", re.DOTALL | re.MULTILINE
)
ASKS = re.compile(
    r"\bcompil|\bbuilds?\b|\berror|\brustc\b|\bwhat(?:'s| is) wrong|\bvalid\b|\baccept|\brejec|\bworks?\b|\bwhy\b|\ballowed\b|\blegal\b"
    r"|\b(?:is|does) (?:this|that|it) (?:fine|ok(?:ay)?|right|correct|good|run)\b"
    r"|\bborrow.?check|\btype.?check|\bgo through\b|\bpass(?:es)?\b|\bfails?\b|\bcomplain",
    re.IGNORECASE,
)
EDITION = re.compile(
    r"\b(?:edition|rust)\s*[=:]?\s*\"?(2015|2018|2021|2024)\b|\b(2015|2018|2021|2024)\s+edition\b", re.IGNORECASE
)
EDITIONS = ("2021", "2024")  # that are tried where the question names none
LONGEST = 20_000  # characters of a program
MOST_LINES = 30  # of a diagnostic that is shown


@dataclass(frozen=True)
class Compiled:
    """What rustc says of a program in one edition."""

    edition: str
    verdict: BlockVerdict

    @property
    def codes(self) -> tuple[str, ...]:
        """The error codes, in order."""
        return tuple(sorted(self.verdict.codes))


def program_of(question: str) -> str | None:
    """The program of a question that asks what the compiler says of it; None for any other question."""
    found = PROGRAM.search(question)
    said = PROGRAM.sub(" ", question)
    return found[1] if found and len(found[1]) <= LONGEST and ASKS.search(said) else None


def compiled(program: str, question: str, rustc: str, sandbox: Sandbox, edition: str = "") -> list[Compiled]:
    """Compile a program in the edition that the question names, else in `edition`, else in each of `EDITIONS`."""
    named = EDITION.search(PROGRAM.sub(" ", question))
    editions = [named[1] or named[2]] if named else [edition] if edition else list(EDITIONS)
    block = Block(program, 1, frozenset())
    return [Compiled(one, compile_block(block, rustc, sandbox=sandbox, edition=one)) for one in editions]


def outcome_text(found: Sequence[Compiled], version: str) -> str:
    """The outcome in a sentence for each edition, and the first diagnostic."""
    outcomes: dict[str, list[str]] = {}
    for one in found:
        outcomes.setdefault(_outcome(one), []).append(one.edition)
    lines = [
        f"{outcome} ({'editions' if len(editions) > 1 else 'edition'} {' and '.join(editions)}, rustc {version})."
        for outcome, editions in outcomes.items()
    ]
    failed = next((one.verdict.words for one in found if one.verdict.failed), "")
    failed = re.sub(r"[^\s`']*\bblock\.rs\b", "program.rs", failed)
    shown = failed.strip().split("\n")[:MOST_LINES]
    return "\n\n".join([*lines, *(["```text\n" + "\n".join(shown).replace("```", "'''") + "\n```"] if failed else [])])


def _outcome(one: Compiled) -> str:
    if not one.verdict.failed:
        return "It compiles"
    return f"It does not compile: {', '.join(one.codes)}" if one.codes else "It does not compile; the error has no code"
