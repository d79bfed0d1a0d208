"""Texts that strangers write take time that grows with the text, and no faster, whatever stands in them."""

import random
import re
from collections.abc import Callable

import pytest

from rusta.cli.verbs import escaped
from rusta.loop.attempt.actions import reading
from rusta.loop.gates.explained import FENCE
from rusta.loop.gates.scope import outside
from rusta.loop.read.workspace_map import _page
from rusta.loop.refine.told_statements import SHOWN, statements
from rusta.loop.requests import MEND
from rusta.memory.entries.entry import Entry, Journal, render
from rusta.memory.index import terms
from rusta.memory.recall.habits import HabitSituation
from rusta.memory.recall.worth import judge_worth
from rusta.tools.cargo import CHATTER
from rusta.tools.lexing import Unlexed, tokens
from rusta.tools.libtest import suites
from rusta.tools.patch.merge import CLASH
from rusta.tools.sandbox.cargo_config import ADDRESS
from rusta.ui.journal.excerpt import excerpt
from tests.linear import soon

LENGTH = 300_000
PAGE = " ".join(f"{a}{b}orrowing" for a in "bcdfghjk" for b in "aeiouy")  # enough words to be judged by more


def lexed(text: str) -> None:
    """What has no end is said, and that is all."""
    with pytest.raises(Unlexed):
        tokens(text)


CASES: dict[str, tuple[Callable[[str], object], str]] = {
    "search: one word": (terms.wanted, "a"),
    "search: capitals": (terms.wanted, "A"),
    "search: underscores": (terms.wanted, "a_"),
    "index: capitals": (terms.extra_terms, "A"),
    "index: one word of several": (terms.extra_terms, "_a"),
    "index: letters and underscores": (lambda text: terms.extra_terms("a" * LENGTH + text), "_"),
    "habit: one word": (HabitSituation.of, "a"),
    "habit: folders": (HabitSituation.of, "a/"),
    "habit: hyphens": (HabitSituation.of, "a-"),
    "worth: hyphens": (lambda text: judge_worth(Journal.SEMANTIC, "", f"{PAGE} {text}"), "-a"),
    "worth: folders": (lambda text: judge_worth(Journal.SEMANTIC, "", f"{PAGE} {text}"), "/a"),
    "worth: occasions": (lambda text: judge_worth(Journal.PROCEDURAL, "", f"{PAGE} {text}"), "when borrow "),
    "entry: blanks in a heading": (lambda text: render(Journal.LAB, "t", f"# a{text}b", {"date": "2026-01-01"}), " "),
    "excerpt: empty lines": (lambda text: excerpt(text + "a", "a"), "\n"),
    "told: one long line": (statements, "We use tokio and "),
    "told: secrets": (statements, "password: a1b2c3d4e5 "),
    "told: keys": (statements, "eyJabcdef-"),
    "told: braces": (statements, "; "),
    "told: capitals": (statements, "PASSWOR"),
    "request: file names": (lambda text: outside(text, None), "make-"),
    "request: ends": (MEND.search, "end "),
    "answer: tildes": (lambda text: reading.FENCE.match(text + "`"), "~"),
    "answer: blanks": (lambda text: FENCE.match(f"```{text}`"), " "),
    "source: escaped quotes": (lambda text: _page(f"//\n{text}".encode()), '"\\'),
    "source: endless raw strings": (lexed, ' r#"'),
    "output of cargo: empty lines": (suites, "\n"),
    "output of cargo: names": (lambda text: CHATTER.match(f"warning: `{text}"), "` () "),
    "conflict: no end": (lambda text: CLASH.findall(text.encode()), "<<<<<<< \n"),
    "cargo's configuration: one word": (ADDRESS.search, "a"),
    "told: blanks": (SHOWN.search, " "),
    "command line: backslashes": (escaped, "\\"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_text_takes_time_that_grows_with_it(case: str) -> None:
    work, part = CASES[case]
    text = part * (LENGTH // len(part))
    with soon():
        work(text)


def test_words_are_found_as_the_plain_expressions_find_them() -> None:
    """The references are what the words were found by, in time that grew with the square of their length."""
    camel = re.compile(r"[A-Z]\w*[a-z][A-Z]\w*")
    joined = re.compile(r"[^\W_]+(?:(?:_+|::)[^\W_]+)+")
    path = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.\w+|\b[\w-]+\.(?:rs|toml)\b")
    chosen = random.Random(7)
    for _ in range(4000):
        text = "".join(chosen.choice(("a", "b", "A", "B", "_", "::", ":", " ", "é", "1", "-")) for _ in range(12))
        assert terms.joined(text) == joined.findall(text)
        assert [found for run in terms.RUN.findall(text) if (found := terms.camel_case(run))] == camel.findall(text)
        text = " ".join("".join(chosen.choice(("a", "src/", "/", ".rs", ".", "-")) for _ in range(4)) for _ in range(2))
        # The expression goes on within a path: behind a folder with an ending, and at a hyphen behind one.
        if not re.search(r"\.\w+\S*[/-]", text):
            assert list(HabitSituation.of(text).paths) == list(dict.fromkeys(path.findall(text))), text


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# A heading\n\ntext", "A heading"),
        ("\n #   Closed ##  \r\n", "Closed"),
        ("# C#", "C"),
        ("# a # b #", "a # b"),
        ("# ##", "#"),
        ("text\n# no", "name"),
        ("#no", "name"),
    ],
)
def test_a_heading_is_read_without_its_marks(body: str, title: str) -> None:
    assert Entry("lab/name.md", {}, body).title == title
