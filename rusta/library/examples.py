"""The examples of a page: those that must not compile, with the code they give, and those that must. Both are run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.library.selection import PageSentence, QuestionTerms, page_sentences
from rusta.tools.blocks import Block, compile_block, shown
from rusta.tools.sandbox import Sandbox

FENCE = re.compile(r"```([^\n]*)\n(.*?)\n?```", re.DOTALL)
MOST_LINES = 12  # of an example that is shown
FIRST = 20  # characters by which a sentence is found again in its text
EDITION = re.compile(r"edition(\d{4})")


@dataclass(frozen=True)
class PageExample:
    """A code block of a page, and the prose before it."""

    code: str
    marks: frozenset[str]
    before: str

    @property
    def fenced(self) -> str:
        """The block as Markdown."""
        return f"```rust\n{self.code}\n```"

    @property
    def broken(self) -> bool:
        """Whether it must not compile."""
        return "compile_fail" in self.marks

    @property
    def codes(self) -> frozenset[str]:
        """The error codes that it must give."""
        return frozenset(mark for mark in self.marks if re.fullmatch(r"E\d{4}", mark))

    @property
    def edition(self) -> str:
        """The edition that the page compiles it in."""
        return next((found[1] for mark in self.marks if (found := EDITION.fullmatch(mark))), "2021")

    def holds(self, rustc: str, sandbox: Sandbox) -> bool:
        """Compile it: whether the result is what the page says."""
        verdict = compile_block(Block(self.code, 1, self.codes), rustc, sandbox=sandbox, edition=self.edition)
        return verdict.failed == self.broken and verdict.codes >= self.codes


def examples(text: str) -> list[PageExample]:
    """The Rust examples of a page's text that can be compiled, in order."""
    found, at = list[PageExample](), 0
    for one in FENCE.finditer(text):
        marks = frozenset(one[1].split(","))
        if "rust" in marks and not marks & {"ignore", "no_run"}:
            found.append(PageExample(one[2], marks, text[at : one.start()]))
        at = one.end()
    return found


def spoken_of(text: str, sentences: Sequence[PageSentence]) -> str:
    """The code of a page's text that these sentences speak of ("In this example, ..."), where it is short; "" for none.

    That is what stands before such a sentence, or behind one that ends in a colon.
    """
    for one in sentences:
        at = text.find(one.text[:FIRST]) if one.of_example else -1
        found = list(FENCE.finditer(text)) if at >= 0 else []
        near = [it for it in found if it.start() > at][:1] if one.announcing else [it for it in found if it.end() <= at]
        if near and "compile_fail" in near[-1][1] and shown(near[-1][0]).count("\n") < MOST_LINES + 2:
            return near[-1][2]
    return ""


def corrected(found: Sequence[PageExample], asked: QuestionTerms) -> PageExample | None:
    """The example that shows how it is mended: of those that compile and are short, the one whose prose fits best."""
    broken = next((n for n, one in enumerate(found) if one.broken), len(found))
    whole = [one for one in found[broken:] if not one.broken and shown(one.fenced).count("\n") < MOST_LINES + 2]
    if not whole:
        return None

    def fits(one: PageExample) -> float:
        prose: list[PageSentence] = page_sentences(one.before)
        return max((asked.score(unit) for unit in prose), default=0.0)

    return max(whole, key=fits)
