"""The search for questions without a key: what ranks first, and the gate that decides whether it is enough to quote."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from rusta.library.answers import answer, searched
from rusta.library.index import Library
from rusta.library.search import ALIKE, COVERED, RATHER_ALIKE, SENTENCES, SOURCES, Meaning, SearchResult, prior, search
from rusta.library.selection import MOST_SENTENCES, MOST_WORDS, QuestionTerms, question_terms

ORDER = "In which order are the fields of a struct dropped?"
RULE = "The fields of a struct are dropped in declaration order."
FAR = "How do I bake bread with yeast and flour?"


@dataclass
class FakeMeaning:
    """Says that texts with `word` are as like the question as `high`, and all others as `low`."""

    word: str
    high: float
    low: float = 0.0
    asked: list[Sequence[str]] = field(default_factory=list)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text with the question."""
        self.asked.append(texts)
        return [self.high if self.word in text else self.low for text in texts]


def found(library: Library, question: str, meaning: Meaning | None = None) -> SearchResult:
    return search(library, question, asked(library, question), meaning)


def asked(library: Library, question: str) -> QuestionTerms:
    return question_terms(question, library.documents, library.passages)


def sentences(result: SearchResult) -> list[str]:
    return [one.text for _, group in result.sentences for one in group]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (ORDER, RULE),
        ("In which order are variables dropped when a block ends?", "Variables are dropped in reverse order"),
        ("Can a value have more than one owner at a time?", "There can only be one owner at a time."),
        ("Can there be many immutable references and a mutable reference?", "Please note that in Rust, you can either"),
    ],
)
def test_a_question_without_a_key_is_answered_by_the_sentence_that_says_it(
    question: str, says: str, small: Library
) -> None:
    result = found(small, question)
    assert result.enough and says in sentences(result)[0], sentences(result)
    assert answer(small, question).by == "search"


def test_what_covers_too_little_of_the_question_is_not_enough_and_the_nearest_pages_are_named(small: Library) -> None:
    question = "Do the fields of a struct have an alignment in cache lines of a processor?"
    result = found(small, question)
    assert not result.enough and result.nearest
    said = searched(small, question)
    assert not said.quotes and said.said[0].startswith("I do not know: I found no page of Rust 1.90.0")
    assert f"Nearest: {result.nearest[0].title} ({result.nearest[0].page})" in said.said[0]
    assert said.nearest == result.nearest[:3] and len({one.title for one in said.nearest}) == len(said.nearest)


def test_where_no_page_holds_a_word_nothing_is_quoted_and_no_page_named(small: Library) -> None:
    said = searched(small, "Quux frobnicate zyzzyva?")
    assert said.quotes == () == said.nearest and said.said[0].endswith("answers this.")
    assert "I do not know" in searched(small, "What is it?").said[0]


def test_alike_enough_is_enough_by_itself_and_a_little_less_only_where_the_words_are_covered_too(
    small: Library,
) -> None:
    partly = "Do the fields of a struct have an alignment in cache lines of a processor?"
    assert found(small, partly, FakeMeaning("fields", ALIKE)).enough
    assert not found(small, partly, FakeMeaning("fields", ALIKE - 0.01)).enough
    assert (
        asked(small, ORDER).coverage(
            frozenset().union(*(one.stems for _, group in found(small, ORDER).sentences for one in group))
        )
        >= COVERED
    )
    assert found(small, ORDER, FakeMeaning("fields", RATHER_ALIKE)).enough
    assert not found(
        small, ORDER, FakeMeaning("fields", RATHER_ALIKE - 0.01)
    ).enough  # words alone are not, where meaning is known


def test_meaning_ranks_the_sentences_and_hears_each_with_its_title(small: Library) -> None:
    meaning = FakeMeaning("elements of an array", 0.9)
    result = found(small, ORDER, meaning)
    assert sentences(result)[0].startswith("The elements of an array or owned slice")
    (texts,) = meaning.asked
    assert f"Destructors: {RULE}" in texts and len(texts) <= SENTENCES


def test_meaning_is_not_asked_where_nothing_was_found(small: Library) -> None:
    meaning = FakeMeaning("", 1.0)
    assert not found(small, "Quux frobnicate zyzzyva?", meaning).enough and not meaning.asked


@pytest.mark.parametrize("question", [ORDER, "What drops variables, values, fields, elements and owners out of scope?"])
@pytest.mark.parametrize("meaning", [None, FakeMeaning("e", 0.9)])
def test_what_is_quoted_is_at_most_three_sentences_and_eighty_words(
    question: str, meaning: Meaning | None, small: Library
) -> None:
    said = sentences(found(small, question, meaning))
    assert 1 <= len(said) <= MOST_SENTENCES and sum(len(one.split()) for one in said) <= MOST_WORDS
    assert len(set(said)) == len(said)


def test_pages_of_rules_count_more_than_those_of_items_and_tools() -> None:
    plain = "How are fields dropped?"
    ranked = sorted(SOURCES, key=lambda source: -prior(source, plain))
    assert ranked[:2] == ["reference", "book"] and prior("std", plain) < 0 < prior("reference", plain)
    assert prior("cargo", plain) < 0 < prior("cargo", "Which profile does cargo take?")
    assert prior("reference", "Which profile does cargo take?") == prior("reference", plain)
    assert prior("elsewhere", plain) == 0.0


def test_a_question_about_tools_finds_the_pages_of_tools(small: Library) -> None:
    (passage, _), *_ = found(small, "What does the opt-level setting of a cargo profile control?").sentences
    assert passage.page == "cargo/reference/profiles.html"


def test_a_sentence_that_tells_of_a_listing_gives_way_to_one_that_states_the_rule(small: Library) -> None:
    assert not any("Listing 4-1" in one for one in sentences(found(small, "In which order are variables dropped?"))[:1])


def test_an_item_that_the_question_names_beside_a_word_of_its_method_answers_from_its_page(small: Library) -> None:
    result = found(small, "How can I drain the elements out of a vector?")
    assert result.enough and result.item and result.item.path == "std::vec::Vec::drain"
    (quote,) = answer(small, "How can I drain the elements out of a vector?").quotes
    assert quote.title == "std::vec::Vec::drain" and "stable since 1.6.0" in quote.said


def test_an_item_whose_page_says_nothing_of_the_question_is_not_enough(small: Library) -> None:
    result = found(small, "Is a HashMap good for baking bread with yeast?")
    assert not (result.enough and result.item)


def test_code_in_the_question_is_not_searched_for(small: Library) -> None:
    fenced = f"{FAR}\n```rust\nstruct Fields {{ dropped: Order }} // declaration order of fields\n```"
    assert not found(small, fenced).enough
