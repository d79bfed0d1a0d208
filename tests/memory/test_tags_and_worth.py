"""What she would file an entry under, and whether she would keep it: decided by rules, with a reason each time."""

from pathlib import Path

import pytest

import rusta.corpus
from rusta.memory.entries.entry import Journal, parse
from rusta.memory.index.tags import MOST, suggested
from rusta.memory.recall.worth import Effort, judge_worth

CORPUS = Path(rusta.corpus.__path__[0], "devlogs")
HERS = [parse(path.read_bytes(), path.relative_to(CORPUS).as_posix()) for path in sorted(CORPUS.rglob("*.md"))]


def test_codes_lints_and_crates_come_before_words() -> None:
    text = "Fought E0502 in `Pool::drain_ready`. tokio's guard lives across .await; clippy::await_holding_lock agreed."
    assert suggested(text, lints=["clippy::redundant_clone"], crates=["tokio", "serde"], known=["flaky test", "guard"]) == (
        "E0502", "redundant_clone", "await_holding_lock", "tokio", "borrow-checker", "async", "guard", "drain_ready",
    )  # fmt: skip


def test_a_crate_is_suggested_where_it_is_spoken_of() -> None:
    assert suggested("wgpu-core panics", crates=["wgpu", "wgpu_core"]) == ("wgpu_core",)
    assert suggested("use burn_tensor::ops; use std::fs; use crate::x;") == ("burn_tensor",)


def test_the_same_tag_in_two_spellings_is_one_and_there_are_never_many() -> None:
    assert suggested("E0382 and E0382", codes=["E0382"], known=["ownership", "Ownership"]) == ("E0382", "ownership")
    assert len(suggested(" ".join(f"E0{n}" for n in range(100, 200)))) == MOST


def test_nothing_to_go_by_is_no_tag() -> None:
    assert suggested("A quiet day.") == ()


def test_suggestions_agree_with_the_codes_she_gave_her_own_entries() -> None:
    coded = [(entry, {tag for tag in entry.tags if tag.startswith("E0")}) for entry in HERS]
    found = [
        codes <= set(suggested(f"{entry.title} {entry.body}", codes=entry.when)) for entry, codes in coded if codes
    ]
    assert len(found) >= 8
    assert sum(found) >= len(found) - 2


def test_every_entry_of_her_corpus_passes_the_gate() -> None:
    refused = {
        entry.path: verdict.why
        for entry in HERS
        if entry.journal
        and not (
            verdict := judge_worth(entry.journal, entry.title, entry.body, dict.fromkeys(entry.meta, "said"))
        ).worth
    }
    assert refused == {}


@pytest.mark.parametrize(
    ("journal", "body", "why"),
    [
        (Journal.EPISODIC, "Fixed it.", "words that mean something"),
        (Journal.EPISODIC, "Ran cargo fmt, build and test. All tests passed, committed and pushed. Cleaned files, bumped the version, "
                           "updated dependencies, renamed the file. Done, fine, complete.", "what every session does"),
        (Journal.PROCEDURAL, "Careful review of allocation behaviour, buffer capacity and iterator laziness pays.", "needs its when"),
        (Journal.SEMANTIC, "Borrowed iterators usually perform better than owned collections under allocation pressure.", "where it holds"),
        (Journal.SEMANTIC, "Currently `Pool::drain` leaks whichever guard was taken first by the slow workers.", "speaks of the moment"),
    ],
)  # fmt: skip
def test_what_is_not_worth_it_is_told_why(journal: Journal, body: str, why: str) -> None:
    verdict = judge_worth(journal, "", body)
    assert not verdict.worth
    assert why in verdict.why


def test_what_went_at_once_is_not_an_episode() -> None:
    body = "Added a `notes` field to Shipment in depot and threaded the borrow through print_label and the invoice."
    assert not judge_worth(Journal.EPISODIC, "", body, effort=Effort(attempts=1, minutes=2)).worth
    verdict = judge_worth(Journal.EPISODIC, "", body, effort=Effort(attempts=4, diagnostics=2, minutes=40))
    assert verdict.worth
    assert "it took 4 attempts" in verdict.why


def test_what_exists_already_is_not_written_again() -> None:
    original = next(entry for entry in HERS if "join-forgets" in entry.path)
    again = judge_worth(
        Journal.SEMANTIC,
        original.title,
        original.body,
        {"version": "1"},
        similar=lambda _: [(original.path, original.body)],
    )
    assert not again.worth
    assert again.same == original.path
    half = original.body[: len(original.body) * 6 // 10]
    near = judge_worth(
        Journal.SEMANTIC, original.title, half, {"version": "1"}, similar=lambda _: [(original.path, original.body)]
    )
    assert near.worth
    assert near.near == (original.path,)
    assert f"it belongs to {original.path}" in near.why
