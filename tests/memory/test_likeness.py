"""The set join finds what comparing all with all finds."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rusta.memory.index.likeness import alike, content_words, denies, numbers, sentences, similar_pairs

few_words = st.dictionaries(
    st.text("xyz", min_size=1, max_size=4), st.frozensets(st.sampled_from("abcdefgh"), max_size=6), max_size=12
)


@given(few_words, st.sampled_from([0.3, 0.5, 0.72, 0.8, 1.0]))
def test_every_alike_pair_is_found_and_no_other(texts: dict[str, frozenset[str]], share: float) -> None:
    every = [
        pair
        for pair in combinations(sorted(texts), 2)
        if texts[pair[0]] and alike(texts[pair[0]], texts[pair[1]]) >= share
    ]
    assert similar_pairs(texts, share) == every


def test_words_carry_meaning_and_code_is_left_out() -> None:
    assert content_words("The guards are dropped, and it isn't 3 of them.\n```rust\nlet x = 1;\n```\n") == {
        "guard",
        "dropp",
    }


def test_a_sentence_denies_or_measures() -> None:
    assert sentences("# One\n\nIt holds. It does\nnot? Yes.") == ["# One", "It holds.", "It does not?", "Yes."]
    assert denies("It doesn’t allocate.")
    assert not denies("It never does not allocate.")
    assert numbers("E0502 in 1.95.0 took 3 s") == {"0502", "1.95.0", "3"}
