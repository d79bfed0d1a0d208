"""Seeds and the mistakes made in them, without cargo."""

import random

import pytest

from rusta.data.mutation import generate
from rusta.data.mutation.generate import SEEDS, copy, places
from rusta.data.mutation.judge import count_tests, restore_tests, rust_files
from rusta.data.mutation.mutation import FAMILIES, OPERATORS, apply_site, digest, family
from rusta.data.mutation.source import RustSource


def test_there_are_enough_seeds_and_each_has_tests_of_its_own() -> None:
    seeds = [path for path in SEEDS.iterdir() if path.is_dir()]
    assert len(seeds) >= 14
    for seed in seeds:
        assert len(count_tests(seed)) >= 2, seed.name
        lines = sum(len(path.read_text().splitlines()) for path in rust_files(seed))
        assert 60 <= lines <= 250, seed.name


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_mistake_can_be_made_somewhere(name: str) -> None:
    assert places(OPERATORS[name], random.Random(0))


def test_no_mistake_is_made_in_a_test() -> None:
    for name, operator in OPERATORS.items():
        for seed in (SEEDS / "ring", SEEDS / "visitor"):
            text = (seed / "src/lib.rs").read_bytes()
            start = text.index(b"#[cfg(test)]")
            for site in operator.find(RustSource("src/lib.rs", text)):
                assert all(splice.end <= start for splice in site), name
                # A whole item that goes may be the last one before the tests, and takes no byte of them along.
                assert apply_site(text, site).endswith(text[start:]), name


def test_the_order_of_places_comes_from_the_seed_alone() -> None:
    operator = OPERATORS["a misspelt name"]
    first = [place.digest for place in places(operator, random.Random(7))[:50]]
    assert first == [place.digest for place in places(operator, random.Random(7))[:50]]
    assert first != [place.digest for place in places(operator, random.Random(8))[:50]]


def test_a_code_belongs_to_one_family() -> None:
    codes = [code for group in FAMILIES.values() for code in group]
    assert len(codes) == len(set(codes))
    assert (family("E0382"), family("E0999")) == ("ownership", "other")


def test_what_a_mistake_is_after_is_always_in_a_family() -> None:
    assert {code for operator in OPERATORS.values() for code in operator.intends if family(code) == "other"} <= {
        "E0401", "E0559", "E0204",
    }  # fmt: skip


def test_a_copied_crate_is_the_crate(tmp_path: "generate.Path") -> None:
    there = copy(SEEDS / "arena", tmp_path / "arena")
    restore_tests(there, SEEDS / "arena")
    for path in rust_files(SEEDS / "arena"):
        assert digest(path.read_bytes()) == digest((there / path.relative_to(SEEDS / "arena")).read_bytes())
