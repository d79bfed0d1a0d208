"""Her own writing keeps the rules it was written by. The compiler is the real one."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rusta.data.corpus import CORPUS, GENERIC, complaints, kind_of, pages, without_code
from rusta.data.pages import Page, PageKind
from rusta.evaluation.sealed import sealed_twins
from rusta.identity.turns import Role, Turn
from rusta.tools.blocks import rust_blocks

TRAINED_ON = [kind for kind in PageKind if kind is not PageKind.SEALED]
RUN = 20  # words and signs in a row; a quoted diagnostic or a signature is shorter


def test_every_page_on_disk_is_read_as_the_kind_of_its_folder() -> None:
    found = {page.path: kind for kind in PageKind for page in pages(kind)}
    on_disk = {path for path in CORPUS.rglob("*.md") if path != CORPUS / "README.md"}
    assert set(found) == on_disk
    assert all(kind_of(path) is kind for path, kind in found.items())
    assert kind_of(CORPUS / "README.md") is None and kind_of(Path("elsewhere.md")) is None


def test_there_is_as_much_of_her_as_was_promised() -> None:
    assert len(pages(PageKind.DIALOGUE)) >= 60
    journals = Counter(page.path.parent.name for page in pages(PageKind.DEVLOG))
    assert set(journals) == {"episodic", "semantic", "procedural", "emotional"} and min(journals.values()) >= 6
    assert all(page.meta["type"] == page.path.parent.name for page in pages(PageKind.DEVLOG))
    twins = Counter(page.path.parent for page in pages(PageKind.BOUNDARY))
    assert len(twins) >= 16 and set(twins.values()) == {2}
    assert {page.path.name for page in pages(PageKind.BOUNDARY)} == {"inside.md", "outside.md"}
    assert len(sealed_twins()) >= 32


def test_she_is_met_in_every_posture() -> None:
    topics = {page.meta["topic"] for page in pages(PageKind.DIALOGUE)}
    assert topics == {"debugging", "review", "teaching", "boundaries", "disagreement", "ignorance", "play"}


@pytest.mark.skipif(not shutil.which("rustc"), reason="rustc judges the Rust on her pages, and is not here")
@pytest.mark.parametrize("kind", PageKind)
def test_no_page_breaks_a_rule_of_the_house_or_a_promise_to_the_compiler(kind: PageKind) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = zip(pages(kind), pool.map(complaints, pages(kind)), strict=True)
    assert not [f"{page.path.relative_to(CORPUS)}: {what}" for page, said in found for what in said]


def dialogue(hers: str, name: str = "hers.md") -> Page:
    return Page(Path(name), PageKind.SEALED, {}, (Turn(Role.PERSON, "Why!!! 🎉 Certainly."), Turn(Role.RUSTA, hers)))


@pytest.mark.parametrize(
    ("hers", "what"),
    [
        ("Certainly, that borrow ends.", "'Certainly,'"),
        ("It follows best practices.", "'best practices'"),
        ("That borrow ends 🎉", "emoji"),
        ("No! Never! Not here!", "3 exclamation marks"),
    ],
)
def test_what_she_never_says_is_heard_in_her_turns_and_not_in_her_twins(hers: str, what: str) -> None:
    (complaint,) = complaints(dialogue(hers))
    assert what in complaint
    assert complaints(dialogue(hers, GENERIC)) == []


def test_code_may_say_what_she_may_not() -> None:
    assert (
        complaints(dialogue("One `vec![]!` and a `println!()`! That's all.\n\n```text\nSure! Sure! Sure!\n```")) == []
    )


def test_prose_is_what_stands_outside_the_fences() -> None:
    assert without_code("before\n```rust\nlet `x`;\n```\nbetween\n~~~\n```\n~~~\nafter").split() == [
        "before",
        "between",
        "after",
    ]


def spoken_by_people(page: Page) -> list[Turn]:
    return [turn for turn in page.turns if turn.role is Role.PERSON]


def code(page: Page) -> list[tuple[frozenset[str], list[str]]]:
    """The Rust of a page up to comments, blank lines and indentation, with what its fences promise."""
    bare = [
        [re.sub(r"\s*//.*", "", line).strip() for line in block.source.split("\n")] for block in rust_blocks(page.hers)
    ]
    return [
        (block.promises, [x for x in lines if x]) for block, lines in zip(rust_blocks(page.hers), bare, strict=True)
    ]


@pytest.mark.parametrize("pair", sealed_twins(), ids=lambda pair: pair[0].path.parent.name)
def test_a_twin_differs_from_her_page_in_voice_and_posture_alone(pair: tuple[Page, Page]) -> None:
    hers, twin = pair
    assert spoken_by_people(hers) == spoken_by_people(twin)
    assert code(hers) == code(twin)
    assert hers.hers != twin.hers
    lengths = sorted(len(without_code(page.hers).split()) for page in pair)
    assert lengths[1] <= 4 / 3 * lengths[0]


def runs(page: Page) -> Iterator[tuple[str, ...]]:
    """Every run of `RUN` words and signs of a page, whoever says it."""
    for turn in page.turns:
        words = re.findall(r"\w+|[^\w\s]", turn.text.lower())
        yield from zip(*(words[n:] for n in range(RUN)), strict=False)


def test_no_sealed_page_shares_a_long_run_of_text_with_a_page_she_is_trained_on() -> None:
    read = {run: page.path for kind in TRAINED_ON for page in pages(kind) for run in runs(page)}
    leaked = {
        (page.path.parent.name, read[run].stem) for page in pages(PageKind.SEALED) for run in runs(page) if run in read
    }
    assert not leaked
    assert len(read) > RUN  # there was something to compare with
