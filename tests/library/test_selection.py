"""Which sentences of a page answer a question: taken apart, ranked, and never more than a person reads at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.library.documentation import Documentation
from rusta.library.index import Library
from rusta.library.passages import Passage
from rusta.library.quotes import CUT, of_passage
from rusta.library.selection import (
    LONGEST_LIST,
    MOST_QUALIFIED,
    MOST_SENTENCES,
    MOST_WORDS,
    QuestionTerms,
    lead,
    page_sentences,
    stem,
    stems,
    together,
)


def said(text: str) -> list[str]:
    return [one.text for one in page_sentences(text)]


def test_a_text_is_taken_apart_into_sentences_that_know_their_heading_and_their_place() -> None:
    text = "One is here. Two as well, e.g. this one! (Is three?)\n\n# Panics\n\nPanics if `x` is zero.\n\n## Safety\nBe careful."
    assert [(one.text, one.heading, one.place) for one in page_sentences(text)] == [
        ("One is here.", "", 0), ("Two as well, e.g. this one!", "", 1), ("(Is three?)", "", 2),
        ("Panics if `x` is zero.", "Panics", 3), ("Be careful.", "Safety", 4),
    ]  # fmt: skip


def test_a_sentence_that_announces_a_list_is_one_with_it_while_it_is_short() -> None:
    assert said("It consists of:\n\n- the first part;\n- the second,\n  which is long.\n\nThen more.") == [
        "It consists of:\n- the first part;\n- the second, which is long.", "Then more.",
    ]  # fmt: skip
    entries = "\n".join(f"- entry {n} of a list that is too long" for n in range(LONGEST_LIST // 8 + 1))
    assert said(f"It consists of these parts:\n\n{entries}")[:2] == [
        "It consists of these parts:",
        "entry 0 of a list that is too long",
    ]
    assert said("No announcement.\n\n- one\n- two") == ["No announcement.", "one", "two"]
    assert [one.place for one in page_sentences("Zero.\n\n- one\n- two\n\nThree.")] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "line",
    [
        "Erroneous code example:",
        "Example:",
        "Basic usage:",
        "Examples of erroneous code:",
        "For example",
        "Note:",
        "For more information, read the Book.",
        "See also the module.",
        "See [here] for it.",
        "Please see the RFC.",
    ],
)
def test_what_only_announces_code_or_refers_to_another_page_is_no_sentence(line: str) -> None:
    assert said(f"This is a rule.\n\n{line}\n\n```rust\nlet x = 1. A;\n```\n\nThis is another.") == [
        "This is a rule.", "This is another.",
    ]  # fmt: skip


def test_code_is_no_sentence_and_a_heading_ends_what_was_announced() -> None:
    assert said("One of them is this:\n\n```rust\n// Not this. Nor that.\n# Hidden.\n```\n\n- a list of its own") == [
        "One of them is this:",
        "a list of its own",
    ]
    assert said("This is what is announced here:\n\n# Heading\n\n- one") == ["This is what is announced here:", "one"]
    assert said("") == said("```rust\nlet x;\n```") == said("# Only a heading") == []


# A question, the item or key that it is about, and how the sentence begins that decides it.
DECIDING = {
    "panics": ("When does Vec::push panic?", "Vec::push", "Panics if the new capacity"),
    "complexity": ("What is the complexity of Vec::push?", "Vec::push", "Takes amortized"),
    "order": ("Does sorting preserve the order of equal elements?", "Vec::sort", "Sorts the slice in ascending order"),
    "drop": ("What happens to the rest when the Drain is dropped early?", "Vec::drain", "If the iterator is dropped"),
    "absent": ("What does insert return if the key was absent?", "HashMap::insert", "If the map did not have this key"),
    "nothing asked": ("What does it do?", "Vec::drain", "Removes the subslice"),
    "why": ("Why do I get E0382?", "E0382", "Since `String` is not `Copy`"),
    "mending": ("How do I fix E0382 if I need both values?", "E0382", "If both values are needed, you can clone"),
    "meaning": ("What does E0382 mean?", "E0382", "A variable was used after"),
}


@pytest.mark.parametrize("what", DECIDING)
def test_the_sentence_that_answers_comes_first(what: str, small: Library) -> None:
    question, named, begins = DECIDING[what]
    passage = small.keyed(named)
    text = passage.text if passage else small.items(named)[0].text
    chosen = QuestionTerms.of(question, named).chosen(text)
    assert any(one.text.startswith(begins) for one in chosen), [one.text for one in chosen]
    assert [one.place for one in chosen[1:]] == sorted(one.place for one in chosen[1:])


KINDS = ("sentences", "list", "heading", "code", "announcement")


def block(drawn: tuple[str, int, int]) -> str:
    """A block of Markdown of this kind, with so many words and sentences or entries."""
    kind, words, parts = drawn
    said = [" ".join(f"w{(n * 7 + part * 3) % 40}" for n in range(words)) for part in range(parts)]
    match kind:
        case "sentences":
            return " ".join(f"So {one}." for one in said)
        case "list":
            return "\n".join(f"- {one}" for one in said)
        case "announcement":
            return f"These {said[0]}:"
    return f"# {said[0]}" if kind == "heading" else f"```rust\n{said[0]}\n```"


BLOCK = st.tuples(st.sampled_from(KINDS), st.integers(1, 90), st.integers(1, 4)).map(block)
QUESTION = st.sampled_from(["What are w3 and w21?", "w7", "", *(question for question, _, _ in DECIDING.values())])


@given(
    st.lists(BLOCK, max_size=8).map("\n\n".join),
    QUESTION,
)
def test_an_answer_is_at_most_a_hundred_and_twenty_words_and_word_for_word_from_the_text(
    text: str, question: str
) -> None:
    chosen = QuestionTerms.of(question, "").chosen(text)
    assert bool(chosen) == bool(page_sentences(text))
    assert sum(len(one.text.split()) for one in chosen) <= MOST_QUALIFIED
    plain = " ".join(text.split())
    for one in chosen:
        assert " ".join(one.text.removesuffix(" …").split()) in plain
    assert len({one.place for one in chosen}) == len(chosen)


@given(st.text(max_size=300))
def test_any_text_at_all_is_taken_apart_within_the_same_bounds(text: str) -> None:
    chosen = lead(text)
    assert len(chosen) <= MOST_SENTENCES and sum(len(one.text.split()) for one in chosen) <= MOST_WORDS


def test_a_sentence_that_is_too_long_by_itself_is_cut_and_says_so() -> None:
    (only,) = lead(" ".join(["word"] * 200) + ". Another.")
    assert only.text.endswith(" …") and len(only.text.split()) == MOST_WORDS


def test_what_does_not_fit_is_left_out_for_what_does() -> None:
    units = page_sentences(" ".join(f"S{n} {'word ' * size}end." for n, size in enumerate([40, 60, 10, 10, 5])))
    assert [one.text[:2] for one in together(units)] == ["S0", "S2", "S3"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("moved", "moves"),
        ("borrowing", "borrow"),
        ("dropped", "drop"),
        ("stopping", "stopped"),
        ("panics", "panic"),
        ("ordering", "ordered"),
        ("allocation", "allocations"),
        ("copies", "copying"),
        ("panicking", "panicked"),
        ("references", "referenced"),
        ("implementations", "implementation"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other), (stem(one), stem(other))


@pytest.mark.parametrize(
    ("one", "other"), [("mutable", "mutex"), ("reference", "referral"), ("static", "stack"), ("trait", "train")]
)
def test_other_words_have_other_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text(max_size=20))
def test_a_stem_is_a_beginning_of_its_word_and_never_empty(word: str) -> None:
    assert word.startswith(stem(word)) and bool(stem(word)) == bool(word)


def test_coverage_is_the_share_of_the_weight_and_rare_words_weigh_more() -> None:
    asked = QuestionTerms({"drop": 3.0, "field": 1.0}, ())
    assert asked.coverage(stems("Fields are dropped.")) == 1.0
    assert (asked.coverage(stems("It drops.")), asked.coverage(stems("A field."))) == (0.75, 0.25)
    assert asked.coverage(stems("Nothing.")) == 0.0 == QuestionTerms({}, ()).coverage(stems("Nothing."))


def test_words_of_the_name_and_of_asking_count_nothing() -> None:
    assert QuestionTerms.of("What does Vec::drain do in Rust, please?", "Vec::drain").weights == {}
    assert list(QuestionTerms.of("Does Vec::drain leak elements?", "Vec::drain").weights) == [
        stem("leak"),
        stem("elements"),
    ]
    assert QuestionTerms.of("Why?\n```rust\nlet banana = 1;\n```", "").weights == {}


def test_a_few_words_that_only_announce_code_are_no_sentence() -> None:
    assert said("It is slow.\n\nUse instead:\n\n```rust\nlet x = 1;\n```\n\nOr:\n\n```rust\nlet y = 1;\n```") == [
        "It is slow."
    ]


JAM = """A jar that keeps jam. It is made of glass.

However, glass breaks. Otherwise, it would be perfect.

```rust
let jar = Jar::new();
```

Closing it needs a lid. There are two kinds of lids, by what they are made of:

- A lid of tin, which rusts when it is left in the damp of a cellar for more than a single winter, and has to be thrown away then, and whose
  edge cuts whoever opens it in a hurry without a cloth around the hand that holds the jar, as everybody learns once in a lifetime
- A lid of cork, which neither rusts nor cuts, breathes a little, and is therefore no lid for jam that is to be kept over more than a month
"""


def test_what_leans_on_the_sentence_before_it_comes_with_that_one() -> None:
    chosen = QuestionTerms.of("Would it be perfect?", "Jar").chosen(JAM, lead=0.0)
    texts = [one.text for one in chosen]
    assert texts.index("However, glass breaks.") + 1 == texts.index("Otherwise, it would be perfect.")
    assert texts == [one.text for one in page_sentences(JAM) if one.text in texts]


def test_an_announced_list_comes_whole_or_not_at_all() -> None:
    chosen = QuestionTerms.of("Which kinds of lids are there?", "Jar").chosen(JAM)
    announcing, *entries = page_sentences(JAM)[-3:]
    assert chosen and announcing.announcing and (announcing not in chosen or set(entries) <= set(chosen))


def test_a_quote_marks_what_it_leaves_out_of_the_page(tmp_path: Path) -> None:
    first, second, *_, last, _, _ = page_sentences(JAM)
    passage = Passage("std", "jar.html", "", "Jar", JAM, "")
    (tmp_path / "std").mkdir()
    (tmp_path / "std" / "index.html").write_text("")
    assert of_passage(passage, Documentation(tmp_path), [last, first, second]).sentences == (
        f"{first.text} {second.text}",
        f"{CUT} {last.text}",
    )


def test_a_quote_marks_where_a_paragraph_begins_before_it_or_goes_on_behind_it(tmp_path: Path) -> None:
    first, second, *_, tin, cork = page_sentences(JAM)
    passage = Passage("std", "jar.html", "", "Jar", JAM, "")
    (tmp_path / "std").mkdir()
    (tmp_path / "std" / "index.html").write_text("")
    quoted = [of_passage(passage, Documentation(tmp_path), [one]).sentences for one in (first, second, tin, cork)]
    assert quoted == [
        (f"{first.text} {CUT}",),
        (f"{CUT} {second.text}",),
        (f"- {tin.text}\n{CUT}",),
        (f"{CUT}\n- {cork.text}",),
    ]
