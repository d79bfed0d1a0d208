"""Who she is stands in the window in her own words, and another page may be put beside them."""

from pathlib import Path

import pytest

from rusta.core.errors import ConfigError
from rusta.data.corpus import EMOJI, NEVER
from rusta.identity.identity import NAME, PAGES, Identity
from rusta.identity.turns import Role, Turn


def test_her_identity_is_all_of_her_pages_in_their_order() -> None:
    turn = Identity().turn()
    pages = Identity().pages
    assert turn.role is Role.SYSTEM
    assert sorted(pages) == sorted(page.stem for page in PAGES.glob("*.md"))
    assert turn.text == "\n\n".join((PAGES / f"{page}.md").read_text().strip() for page in pages)


def test_pages_are_chosen_and_ordered_by_whoever_asks(tmp_path: Path) -> None:
    own = tmp_path / "own.md"
    own.write_text("\nI like parsers.\n")
    text = Identity([str(own), "voice"]).turn().text
    assert text == f"I like parsers.\n\n{(PAGES / 'voice.md').read_text().strip()}"


def test_a_page_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"'mood'.*boundaries, manifesto, voice"):
        Identity(["voice", "mood"]).turn()


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_she_writes_about_herself_in_the_first_person_and_as_she_speaks(path: Path) -> None:
    text = path.read_text()
    assert " I " in text
    assert "Rusta is" not in text and "She is" not in text
    assert not EMOJI.search(text)
    # What she never says may be quoted, and only quoted.
    unquoted = "".join(part for n, part in enumerate(text.split('"')) if n % 2 == 0)
    assert not NEVER.search(unquoted)


def test_training_and_measuring_name_her_and_do_not_tell_her_how_to_sound() -> None:
    assert NAME.role is Role.SYSTEM
    assert "Rusta" in NAME.text and len(NAME.text.split()) < 10


@pytest.mark.parametrize("role", Role)
def test_a_turn_travels_as_chat_templates_want_it(role: Role) -> None:
    assert Turn(role, "x").as_message() == {"role": role.value, "content": "x"}
    assert {role.value for role in Role} == {"system", "user", "assistant"}
