"""What a mind says beside facts: only where its trust is measured, and only names and numbers that the facts have."""

from pathlib import Path

import pytest

from rusta.core.deferred_parts import CLASS, built_part, deferred
from rusta.core.home import Home
from rusta.evaluation.trust.figures import Trust
from rusta.identity.turns import Role, Turn
from rusta.loop.think.reflection_words import ReflectionWords, supported_words, trusted_words
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Generation

FACTS = "kiln 0.1.0 to 0.2.0\n- another signature: fn `kiln::glaze::blend`\n- `glaze::blend` takes two arguments now, not one."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "I give `glaze::blend` its second argument. `glaze::sieve` is next.",
            "I give `glaze::blend` its second argument.",
        ),
        ("I wait for kiln 0.3.0.", ""),
        ("From kiln 0.2.0 on I look for two arguments.", "From kiln 0.2.0 on I look for two arguments."),
        ("```rust\nblend(1, 2);\n```\n- a list.\n# A heading.\nIt takes two now.", "It takes two now."),
        ("I use `oven`. I break off", ""),
        ("I call oven::bake for it.", ""),
    ],
)
def test_a_sentence_stays_where_every_name_and_number_of_it_is_told(said: str, kept: str) -> None:
    assert supported_words(said, FACTS, lambda sentence: False) == kept


def test_a_name_that_the_library_knows_may_be_said() -> None:
    assert (
        supported_words("The function takes two arguments now and Vec::push takes one.", FACTS, lambda sentence: True)
        == "The function takes two arguments now and Vec::push takes one."
    )


def test_the_mind_is_shown_the_facts_and_what_it_says_goes_through_the_guard() -> None:
    mind = Fake(["`glaze::blend` has another argument. And `glaze::nothing`."])
    words = ReflectionWords(mind, Turn(Role.SYSTEM, "Rusta"), Generation())
    assert words.on(FACTS) == "`glaze::blend` has another argument."


def speaker(trust: float) -> dict[str, object]:
    return {
        "mind": {CLASS: "rusta.mind.engines.fake.Fake", "script": ["It takes two now."]},
        "identity": {CLASS: "rusta.identity.identity.Identity", "pages": ["voice"]},
        "generation": {CLASS: "rusta.mind.mind.Generation"},
        "model": {CLASS: "rusta.mind.model.Nobody"},
        "trust": {CLASS: "rusta.evaluation.trust.figures.Trust", "pages": trust},
        "phase": None,
    }


def test_a_mind_without_measured_trust_says_nothing_and_is_not_even_built(tmp_path: Path) -> None:
    home = Home(str(tmp_path), str(tmp_path / "run"))
    asked = speaker(0.8) | {"mind": {CLASS: "rusta.mind.engines.of_nobody.None"}}
    assert trusted_words(asked, home)(FACTS) == ""
    assert trusted_words(speaker(0.0), home)(FACTS) == "It takes two now."


def test_deferred_parts_are_built_again_and_nothing_else_is() -> None:
    node = deferred({"_target_": "rusta.evaluation.trust.figures.Trust", "_convert_": "all", "pages": 0.5})
    assert node == {CLASS: "rusta.evaluation.trust.figures.Trust", "pages": 0.5} and built_part(node) == Trust(
        pages=0.5
    )
    assert built_part(None) is None and built_part({"a": [1]}) == {"a": [1]}
    with pytest.raises(TypeError, match=r"subprocess\.run is not built here"):
        built_part({CLASS: "subprocess.run", "args": ["true"]})
