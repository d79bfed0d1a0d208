"""What is typed after `rusta devlog` reaches the command as it was meant."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rusta.cli.verbs import parted, translate
from rusta.core.errors import ConfigError
from rusta.ui.journal.arguments import COMMANDS

TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.text(st.sampled_from("\\'\"${}=,[]():;~@+-/ \n\tna1.é→")),
)


def said(*words: str) -> dict[str, str]:
    """What `rusta devlog WORDS...` tells the journals."""
    rest, told = parted(translate(["devlog", *words]))
    assert rest[0] == "mode=devlog"
    return told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["search", "borrow checker"], {"query": "borrow checker"}),
        (["search", "borrow", "checker", "tag=async", "since=2026-01"],
         {"query": "borrow checker", "tags": "async", "since": "2026-01"}),
        (["search", "let x = y"], {"query": "let x = y"}),
        (["search", "Item=u32"], {"query": "Item=u32"}),
        (["search", "--", "tag=async", "-D"], {"query": "tag=async -D"}),
        (["search", "query=tag=async"], {"query": "tag=async"}),
        (["search", "null"], {"query": "null"}),
        (["write", "semantic", "A", "title", "tags=[a, b]", "text=x=${y}"],
         {"journal": "semantic", "title": "A title", "tags": "[a, b]", "text": "x=${y}"}),
        (["tag", "semantic/x.md", "one", "two"], {"path": "semantic/x.md", "tags": "one,two"}),
        (["link", "a", "b"], {"path": "a", "to": "b"}),
        (["supersede", "old=a", "new=b"], {"path": "a", "to": "b"}),
        (["habits"], {}),
        (["habits", "E0502"], {"query": "E0502"}),
    ],
)  # fmt: skip
def test_words_and_settings_arrive_where_they_belong(words: list[str], told: dict[str, str]) -> None:
    assert said(*words) == {"do": words[0], **told}


@pytest.mark.parametrize(
    ("words", "needles"),
    [
        (["serch", "x"], ["search", *COMMANDS]),
        (["list", "jornal=lab"], ["'jornal'", "journal", "since"]),
        (["search", "x", "confidance=high"], ["'confidance'", "confidence", "--"]),
        (["show", "a", "b"], ["PATH", "'b'"]),
        (["doctor", "please"], ["takes no words", "'please'"]),
    ],
)
def test_what_no_command_takes_is_bad_usage_that_names_what_there_is(words: list[str], needles: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        translate(["devlog", *words])
    assert all(needle in str(refusal.value) for needle in needles), refusal.value


def test_settings_of_the_whole_of_her_and_hydras_own_go_to_hydra() -> None:
    words = ["output=json", "body=tiny", "++seed=3", "--cfg", "job"]
    rest, told = parted(translate(["devlog", "search", "x", *words]))
    assert rest == ["mode=devlog", *words]
    assert told == {"do": "search", "query": "x"}


@given(text=TEXT)
@example("null")
@example("\\' ${x} \\${y} '\\")
@example("{a: [1, 2]}, choice(x, y)")
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    assume(text.strip())
    assert said("search", "--", text)["query"] == text
    assert said("write", "lab", "title", f"text={text}")["text"] == text
