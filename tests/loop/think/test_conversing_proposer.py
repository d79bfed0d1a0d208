"""A whole repair in a short conversation: what a right one may do, and what a wrong one may not; real cargo, a scripted mind."""

from pathlib import Path

import pytest

from rusta.identity.identity import NAME
from rusta.loop.attempt.repair_search import Budget
from rusta.loop.attempt.repair_session import Mended, RepairSession
from rusta.loop.gates.permissions import Approve
from rusta.loop.read.tool_runner import ToolRunner
from rusta.loop.think.conversing_proposer import ConversingProposer
from rusta.loop.workplace import Workplace
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation
from rusta.tools.sandbox import Limits, choose
from tests.loop.crate import crate, ended

BODY = """mod price;

pub fn total(items: &[Item]) -> u32 {
    items.iter().map(|item| price::of(item)).sum()
}

#[test]
fn adds() {
    assert_eq!(total(&[Item { cents: 3 }, Item { cents: 4 }]), 7);
}
"""
PRICE = "use crate::item::Item;\n\npub fn of(item: &Item) -> u32 {\n    item.cents as u16\n}\n"
READ = 'I look at what I am going to change.\n<tools>{"name": "read", "arguments": {"path": "src/price.rs"}}</tools>'
WHY = "The item gets a module of its own, and a price is a number of cents, as everywhere."
NOTES = "a note of many words\n" * 300
LONG = 'I look at the notes as well.\n<tools>{"name": "read", "arguments": {"path": "NOTES.md"}}</tools>'
RIGHT = {
    "src/item.rs": "pub struct Item {\n    pub cents: u32,\n}\n",
    "src/lib.rs": BODY.replace("mod price;\n", "mod item;\nmod price;\n\npub use item::Item;\n"),
    "src/price.rs": PRICE.replace("item.cents as u16", "item.cents"),
}


def said(files: dict[str, str], why: str = WHY) -> str:
    """An answer that writes whole files."""
    return "\n\n".join([why, *(f"FILE {path}\n```rust\n{text}```" for path, text in files.items())])


def asked(folder: Path, script: list[str], context: int = 8192) -> tuple[Path, Mended]:
    """Let a scripted mind mend the crate."""
    place = crate(folder / "shop", BODY)
    (place / "src/price.rs").write_text(PRICE)
    (place / "NOTES.md").write_text(NOTES)
    work = Workplace.open(place, folder / "home", choose("auto"), Limits(), Approve.all, None, "test")
    with work.history:
        work.scratch.sync()
        report = work.trial.check(all_targets=True)
        assert report.errors
        mind = Fake(script=script, context=context)
        proposer = ConversingProposer(mind, Generation(max_tokens=2000), NAME, work, ToolRunner(work))
        return place, ended(RepairSession(work, proposer, Budget(answers=1, search=0.0)).run(report))


def test_a_repair_of_three_files_of_which_one_is_new_lands_at_once(tmp_path: Path) -> None:
    place, mended = asked(tmp_path, [READ, said(RIGHT)])
    assert mended.made and len(mended.chain) == 1
    assert {path: (place / path).read_text() for path in RIGHT} == RIGHT


def test_a_mind_that_opens_more_than_its_window_holds_still_has_the_question_and_room_to_answer(tmp_path: Path) -> None:
    place, mended = asked(tmp_path, [READ, LONG, LONG, said(RIGHT)], context=3000)
    assert mended.made and {path: (place / path).read_text() for path in RIGHT} == RIGHT


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (said(RIGHT, ""), "no reason"),
        (said(RIGHT | {"../out.rs": "\n"}), "a path outside"),
        (said(RIGHT | {"src/lib.rs": RIGHT["src/lib.rs"].replace("assert_eq!", "// assert_eq!")}), "a test emptied"),
        (said(RIGHT | {"src/price.rs": PRICE.replace("item.cents as u16", "todo!()")}), "an unfinished body"),
    ],
)
def test_a_repair_that_does_what_a_repair_must_not_leaves_the_tree_as_it_was(
    answer: str, what: str, tmp_path: Path
) -> None:
    place, mended = asked(tmp_path, [READ, answer])
    assert not mended.made, what
    assert (place / "src/lib.rs").read_text() == BODY and not (place / "src/item.rs").exists()


def test_a_mind_that_only_looks_around_ends_after_some_answers(tmp_path: Path) -> None:
    place, mended = asked(tmp_path, [READ])
    assert not mended.made and (place / "src/lib.rs").read_text() == BODY
