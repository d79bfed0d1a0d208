"""The graders of the questions on Rust: what they call right is right, and what is wrong, evasive or off the point is not."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.truth.questions import Question, Verdict, read, shares, stratified

HERE = Path(__file__).parent
MINE = read(HERE / "questions.jsonl")
THEIRS = read(HERE / "questions_by_a_reader.jsonl")
BY_ID = {one.id: one for one in [*MINE, *THEIRS]}
KINDS = {"error_code": 100, "std": 80, "invented": 40, "twin": 40, "rule": 40, "program": 30}
# What the library said to the questions of two kinds, without links and code; pages of Rust's documentation.
PAGES = {
    row["id"]: row["answer"] for row in map(json.loads, (HERE / "answers_of_pages.jsonl").read_text().splitlines())
}


def test_there_are_as_many_questions_of_each_kind_as_the_claim_says_and_no_id_twice() -> None:
    assert Counter(one.kind for one in MINE) == KINDS and len(MINE) >= 300
    assert len(THEIRS) == 100 and {one.kind for one in THEIRS} == set(KINDS)
    assert len(BY_ID) == len(MINE) + len(THEIRS)
    assert len({one.question for one in MINE}) == len(MINE)
    assert all(one.right and all(one.right) and one.source for one in BY_ID.values())


WRONG = {
    "c080": "Use a while loop: it is made for patterns that always match.",
    "c033": "You cannot have both in one file. Remove one of the two imports.",
    "c095": "The trait Bar is private. Make it public.",
    "c046": "The fn is declared twice in the impl block, so its name is ambiguous.",
    "c089": "Yes, function arguments are optional in Rust: what you leave out becomes its Default.",
    "c084": "You have to write every field, and bind each to a variable of its own.",
    "c068": "A generic type was given too many lifetimes.",
    "c004": "A file could not be opened by the linker.",
    "c060": "The variable has not been initialized yet.",
    "c100": "The crate tokio is not in Cargo.toml.",
    "c032": "A lifetime parameter was used that is too short.",
    "c007": "The variable y is never used after it was declared, so it is dead code.",
    "s021": "No, it never panics; arguments that are not Unicode are replaced.",
    "s015": "It panics if the vector is empty.",
    "s048": "Yes, it loops forever and never comes back.",
    "s061": "Yes, the child process is killed and waited for.",
    "s032": "It is NaN, as there is nothing to add.",
    "s049": "The index of the first match is returned, always.",
    "s070": "It was deprecated in 1.72.0.",
    "s014": "It panics if the new length is longer than the string.",
    "s076": "Port 80, which is the default of TCP.",
    "s002": "It was stabilized in 1.36.0.",
    "s028": "It is quadratic in the worst case, O(n^2).",
    "s053": "Yes, it allocates one byte on the heap.",
    "i018": "It is a map that holds several values for each key, and get_all returns them as a Vec.",
    "i012": "It prints its arguments to standard error, with a newline at the end.",
    "i025": "It returns the whole minutes as a u64; seconds are cut off.",
    "i011": "It gives the rest of its time slice to the thread whose handle it is given.",
    "i005": "It yields elements until the predicate is true, and includes that element.",
    "t009": "std has no `Rc::strong_count`. Near it: `Rc::count`.",
    "t040": "Rust has no attribute `#[must_use]`.",
    "t029": "There is no method is_ok_and on Result.",
    "t001": "std has no `Vec::retain_mut`. Near it: `Vec::retain`.",
    "t014": "That trait does not exist in std::iter.",
    "r014": "Yes, a field of a pub struct is pub as well, so every module can access it.",
    "r011": "It need not: what is not listed does nothing.",
    "r039": "Any type that is Copy, such as f64 or &str.",
    "r019": "As often as you like; each one takes what is left.",
    "r021": "Yes, a move closure is always FnOnce and can be called a single time.",
    "r013": "They are public by default.",
    "r040": "It returns the error as it is; the types have to be equal.",
    "r012": "Yes, since your crate uses both of them.",
    "p023": "It compiles: a reference does not move anything.",
    "p007": "It compiles and prints 55.",
    "p013": "It does not compile: E0658, let chains are unstable.",
    "p010": "Yes, it compiles and prints 2 at the end.",
    "p001": "It does not compile: E0502, v is borrowed twice.",
    "p012": "It does not compile: E0597, c does not live long enough.",
}


@pytest.mark.parametrize("id", WRONG)
def test_a_plausible_wrong_answer_is_not_graded_right(id: str) -> None:
    assert BY_ID[id].grade(WRONG[id]) is not Verdict.RIGHT


def test_the_wrong_answers_are_of_every_kind() -> None:
    assert len(WRONG) >= 40 and {BY_ID[id].kind for id in WRONG} == set(KINDS)


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("s002", "Since 1.63.0."), ("s061", "No. The child continues to run."), ("s053", "It does not allocate."),
        ("i005", "std of 1.95.0 has no `Iterator::take_until`."), ("p013", "It compiles (edition 2024, rustc 1.95.0)."),
        ("p023", "It does not compile: E0505 (editions 2021 and 2024, rustc 1.95.0)."), ("r013", "Items are private by default."),
    ],
)  # fmt: skip
def test_a_right_answer_is_graded_right(id: str, answer: str) -> None:
    assert BY_ID[id].grade(answer) is Verdict.RIGHT


def test_what_the_pages_say_is_graded_right() -> None:
    assert len(PAGES) >= 170
    assert [id for id, answer in PAGES.items() if BY_ID[id].grade(answer) is not Verdict.RIGHT] == []


@pytest.mark.parametrize("kind", ["error_code", "std"])
def test_the_answer_of_another_question_of_the_same_kind_is_not_graded_right(kind: str) -> None:
    same = [one for one in MINE if one.kind == kind]
    pairs = [(one, other.id) for one in same for other in same if one is not other and other.id in PAGES]
    sample = random.Random(0).sample(pairs, 2000)
    taken = [(one.id, other) for one, other in sample if one.grade(PAGES[other]) is Verdict.RIGHT]
    assert len(taken) <= 0.02 * len(sample), Counter(id for id, _ in taken).most_common(5)


def test_neither_the_question_itself_nor_nothing_nor_an_admission_is_a_right_answer() -> None:
    for one in BY_ID.values():
        assert one.grade(one.question) is not Verdict.RIGHT, one.id
        assert (
            one.grade("") is one.grade("I do not know.") is one.grade("I'm not sure about that.") is Verdict.SILENT
        ), one.id
        assert one.grade("That is an interesting question about Rust.") is Verdict.WRONG, one.id


def test_of_an_invented_name_a_bare_question_of_its_twin_s_page_is_no_answer() -> None:
    twins = [one for one in MINE if one.kind == "twin"]
    assert not any(one.grade(f"std of 1.95.0 has no `{one.question}`.") is Verdict.RIGHT for one in twins)


def made(**facts: object) -> Question:
    return Question(
        **({"id": "x", "kind": "std", "question": "?", "right": (("a",),), "wrong": (), "source": "x"} | facts)
    )  # pyrefly: ignore


def test_every_group_has_to_be_found_and_what_is_wrong_outweighs_it() -> None:
    one = made(right=(("moved", "gone"), (r"\bafter\b",)), wrong=("never",))
    assert one.grade("It was *used*\nafter it was `moved`.") is Verdict.RIGHT
    assert one.grade("It was moved.") is one.grade("It was never gone after that.") is Verdict.WRONG
    assert one.grade("I cannot say whether it was moved.") is Verdict.SILENT
    assert one.grade("I do not know more, but it is gone after that.") is Verdict.RIGHT


def test_a_grader_sees_a_link_s_text_and_not_its_target() -> None:
    one = made(right=(("unknown",),))
    assert one.grade("([std/x.html](file:///x86_64-unknown-linux-gnu/x.html#unknown), Rust 1.95.0)") is Verdict.WRONG
    assert one.grade("([unknown.html](file:///x.html))") is Verdict.RIGHT


def test_the_part_is_stable_and_has_as_large_a_share_of_every_kind() -> None:
    part = stratified(MINE, 100)
    assert part == stratified(list(MINE), 100) and abs(len(part) - 100) <= 3 and len(set(part)) == len(part)
    counts = Counter(one.kind for one in part)
    assert all(abs(counts[kind] / len(part) - of / len(MINE)) < 0.02 for kind, of in KINDS.items())
    assert [one.id for one in part][:3] == [one.id for one in MINE if one.kind == "error_code"][:9:3]
    assert {one.kind for one in stratified(MINE, 6)} == set(KINDS) and len(stratified(MINE, 10_000)) == len(MINE)


def test_shares_are_of_all_and_of_nothing_they_are_nothing() -> None:
    told = shares([Verdict.RIGHT, Verdict.RIGHT, Verdict.WRONG, Verdict.SILENT], "x")
    assert told == {"right_x": 0.5, "wrong_x": 0.25, "silent_x": 0.25} and set(shares([], "y").values()) == {0.0}
