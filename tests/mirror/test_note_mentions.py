"""Which items an entry names, of which crate, at which version."""

import pytest

from rusta.memory.index.index import IndexRow
from rusta.mirror.note_mentions import KnownCrates, item_mentions, names_read_crate
from tests.linear import soon

KNOWN = KnownCrates(frozenset({"kiln", "glaze_mix"}), frozenset({"time", "oven_rs"}))


def entry(
    body: str, title: str = "A note", version: str = "", tags: tuple[str, ...] = (), source: str = ""
) -> IndexRow:
    return IndexRow(
        1,
        "semantic/a.md",
        "semantic",
        1_780_000_000,
        title,
        tags,
        "high",
        "",
        "",
        version,
        source,
        "active",
        5,
        False,
        body,
    )


def found(row: IndexRow) -> list[tuple[str, str, str]]:
    """Crate, item and version of each mention."""
    return [(one.crate, "::".join(one.item.parts), one.state.version) for one in item_mentions(row, KNOWN)]


NAMED = {
    "In kiln 0.8.5 `Oven::fire` takes one argument.": [("kiln", "Oven::fire", "0.8.5")],
    "kiln 0.8: call fire_twice(3) and be patient.": [("kiln", "fire_twice", "0.8")],
    "With kiln = \"0.8\" the type is KilnState.": [("kiln", "KilnState", "0.8")],
    "`kiln::oven::Oven` is what I take.": [("kiln", "kiln::oven::Oven", "")],
    "```rust\nuse kiln::{oven::Oven, heat};\nOven::lit().fire_twice();\nheat(3);\n```\nThat is kiln 0.9.": [
        ("kiln", "kiln::oven::Oven", "0.9"), ("kiln", "kiln::heat", "0.9"), ("kiln", "kiln::oven::Oven::lit", "0.9"),
        ("kiln", "fire_twice", "0.9"),
    ],
    "From kiln 0.7.1 on there is `heat!`.": [("kiln", "heat", "0.7.1")],
    "glaze-mix 1.2.0 stirs by `stir`; kiln 0.3.0 does it by `stir_hot`.": [
        ("glaze_mix", "stir", "1.2.0"), ("kiln", "stir_hot", "0.3.0"),
    ],
    "See kiln@0.8.5:src/oven.rs::oven::Oven::fire for it.": [("kiln", "oven::Oven::fire", "0.8.5")],
}  # fmt: skip


@pytest.mark.parametrize("said", NAMED)
def test_an_item_is_found_with_its_crate_and_the_version_that_is_said_of_it(said: str) -> None:
    assert found(entry(said)) == NAMED[said]


NOTHING = [
    "Nothing of note: the oven is hot, and `fire` is what we do.", "`Oven::fire` of some crate.", "`std::mem::take` is not kiln's.",
    "`oven_rs::Oven::fire` takes two.", "We fire the kiln at noon.", "oven_rs has `Oven::fire`.",
]  # fmt: skip


@pytest.mark.parametrize("said", NOTHING)
def test_a_name_of_no_known_crate_or_of_another_one_is_left_out(said: str) -> None:
    assert found(entry(said)) == []


def test_the_keys_and_tags_of_an_entry_say_which_crate_a_name_belongs_to() -> None:
    assert found(entry("`Oven::fire` is quick.", version="kiln 0.8.5")) == [("kiln", "Oven::fire", "0.8.5")]
    assert found(entry("`Oven::fire` is quick.", tags=("kiln", "api-change"))) == [("kiln", "Oven::fire", "")]
    assert found(entry("`Oven::fire` is quick.", tags=("kiln", "oven-rs"))) == []
    assert found(entry("`Oven::fire` is quick.", version="rustc 1.95.0")) == []


def test_a_signature_is_kept_with_the_function_that_it_is_of() -> None:
    (one,) = item_mentions(entry("kiln: `pub fn fire(&self, heat: u32) -> Pot` is all.", tags=("kiln",)), KNOWN)
    assert (one.item.parts, one.signature) == (("fire",), "fn fire(&self, heat: u32) -> Pot")


def test_of_a_mirrors_note_only_what_it_is_about_counts_and_not_what_its_quotes_name() -> None:
    body = "Between kiln 0.1.0 and 0.2.0:\n\n- gone: fn `kiln::heat`\n- moved: fn `kiln::a::b`\n  from `kiln::a::b` to `kiln::c::b`\n\n"
    row = entry(
        f"{body}> call `kiln::oven::Oven` from now on", version="kiln 0.2.0", source="mirror/kiln@0.1.0..0.2.0#ab12"
    )
    assert found(row) == [("kiln", "kiln::heat", "0.2.0"), ("kiln", "kiln::a::b", "0.2.0")]


def test_whether_an_entry_is_about_a_known_crate_at_all_is_seen_at_once() -> None:
    assert names_read_crate(entry("Use `kiln::heat`."), KNOWN) and names_read_crate(entry("glaze-mix stirs."), KNOWN)
    assert not names_read_crate(entry("Bread, and the skiln."), KNOWN)


@pytest.mark.parametrize(
    "part", ["a_", "A1", "kiln::", "`", "kiln 0.", "::<", "\n ", "use kiln::{", "fn f(", "kiln@1:", "- gone: fn `"]
)
def test_long_texts_are_read_in_linear_time(part: str) -> None:
    for source in ("", "mirror/kiln@1..2#a"):
        row = entry(part * (30_000 // len(part)) + " kiln:", tags=("kiln",), source=source)
        with soon():
            item_mentions(row, KNOWN)
