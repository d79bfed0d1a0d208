"""A model's sentences beside quotes: what a quote says stays, what says more, less or the opposite goes."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.loop.gates.supported_sentences import claims_nothing, guarded

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "library" / "sentences_by_a_reader.jsonl").read_text().splitlines()
]
QUOTE = "If the slice is shorter than `size`, the iterator returns no values, and it does not panic."


def kept(sentence: str, *quotes: str) -> bool:
    return bool(guarded(sentence, quotes or (QUOTE,)).kept)


def test_of_a_hundred_false_sentences_by_a_reader_none_is_kept() -> None:
    false = [row for row in ROWS if not row["true"]]
    assert len(false) == 100
    assert [row["sentence"] for row in false if kept(row["sentence"], *row["quotes"])] == []


def test_of_a_hundred_true_ones_no_fewer_are_kept_than_were_measured() -> None:
    true = [row for row in ROWS if row["true"]]
    count = sum(kept(row["sentence"], *row["quotes"]) for row in true)
    assert len(true) == 100 and count >= 15


def test_the_reader_s_false_sentences_are_of_many_kinds() -> None:
    tricks = defaultdict[str, int](int)
    for row in ROWS:
        tricks[row["trick"]] += not row["true"]
    assert sum(1 for count in tricks.values() if count) >= 8


def test_a_quote_itself_is_supported_and_nothing_is_without_one() -> None:
    quotes = {quote for row in ROWS for quote in row["quotes"] if "\n" not in quote and quote.endswith(".")}
    whole = [one for one in quotes if ". " not in one]
    assert len(whole) > 20
    assert [one for one in whole if not kept(one, one)] == []
    assert [one for one in whole if not claims_nothing(one) and guarded(one, []).kept] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "If the slice is shorter than `size`, the iterator returns no values, and it does not panic.",
        "if the slice is shorter than size, the iterator returns no values and doesn't panic!",
        "- If the slices are shorter than `size`, the iterator will return no values and not panic.",
    ],
)
def test_another_form_of_the_same_words_is_supported(sentence: str) -> None:
    quote = QUOTE if "will" not in sentence else QUOTE.replace("returns", "will return")
    assert kept(sentence, quote)


@pytest.mark.parametrize(
    "sentence",
    [
        "The iterator returns no values, and it does not panic.",  # the condition is gone
        "If the slice is shorter than `size`, the iterator returns values, and it does not panic.",  # a negation is gone
        "If the slice is shorter than `size`, the iterator returns no values, and it does panic.",
        "If the slice is not shorter than `size`, the iterator returns no values, and it does not panic.",  # one is added
        "If the slice is shorter than `size`, the iterator always returns no values, and it does not panic.",
        "If the slice is longer than `size`, the iterator returns no values, and it does not panic.",  # another word
        "If the iterator is shorter than `size`, the slice returns no values, and it does not panic.",  # exchanged
        "If the slice is shorter than 2, the iterator returns no values, and it does not panic.",
        "", "Yes.", "It is so.",
    ],
)  # fmt: skip
def test_what_says_more_less_or_the_opposite_is_dropped(sentence: str) -> None:
    assert not kept(sentence)


def test_two_quotes_together_support_nothing_that_neither_says() -> None:
    assert not kept("A vector is sorted and unique.", "A vector is sorted.", "A set is unique.")
    assert kept("A vector is sorted. A set is unique.", "A vector is sorted.", "A set is unique.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Do you want to see the whole page?", "Shall I show you the example?", "What do you want to do with your slice?",
        "I don't know more about this.", "I am not sure about that.", "I cannot say.", "I can't tell you more.",
    ],
)  # fmt: skip
def test_questions_to_the_person_and_admissions_pass(sentence: str) -> None:
    assert claims_nothing(sentence) and guarded(sentence, []).kept == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Did you know that a slice is always sorted?", "Do you see that `windows` panics?", "Isn't it safe?", "Why is that?",
        "I don't know, but it panics.", "I am not sure: it returns 3.", "I know that it panics.", "I do not say E0382.",
        "Do you want to use `unsafe`, since it never fails?", "Do you know " + "very " * 14 + "much?",
        "I do not know because nothing panics.",
    ],
)  # fmt: skip
def test_a_question_or_admission_with_a_statement_in_it_is_dropped(sentence: str) -> None:
    assert not claims_nothing(sentence) and guarded(sentence, []).kept == ""


def test_code_is_dropped_and_what_stands_around_it_is_judged() -> None:
    text = f"{QUOTE}\n```rust\n// {QUOTE}\nlet x = 1;\n```\nIt panics.\n```rust\nnever closed"
    found = guarded(text, [QUOTE])
    assert found.kept == QUOTE and found.dropped == ("It panics.",)


def test_what_was_dropped_is_reported_and_the_order_of_the_rest_is_kept() -> None:
    found = guarded(
        "Boxes own. Nonsense here.\n- Arcs share.\n\n> Cells change.", ["Arcs share.", "Boxes own.", "Cells change."]
    )
    assert found.kept == "Boxes own. Arcs share. Cells change." and found.dropped == ("Nonsense here.",)


PLAIN = ["slice", "iterator", "returns", "values", "shorter", "size", "panic", "moved"]
BEARING = ["no", "if", "not", "always", "must", "may", "3", "only", "unless", "than", "amortized"]
WORDS = st.sampled_from([*PLAIN, *BEARING])


@given(st.lists(WORDS, min_size=2, max_size=12), st.sampled_from(BEARING), st.integers(0, 12))
def test_a_word_that_bears_meaning_is_neither_left_out_nor_added(words: list[str], bearing: str, place: int) -> None:
    more = [*words[:place], bearing, *words[place:]]
    assert not kept(" ".join(words), " ".join(more)) and not kept(" ".join(more), " ".join(words))
    assert kept(" ".join(more), " ".join(more))
