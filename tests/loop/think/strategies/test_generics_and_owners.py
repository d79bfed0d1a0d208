"""Numbers in generic code, variables that begin with an element, impls for foreign types, structs that own: three programs a rule."""

import re
from pathlib import Path

import pytest

from rusta.loop.think.strategies.conversions.generic_numbers import generic_numbers
from rusta.loop.think.strategies.conversions.indexed_maps import indexed_maps
from rusta.loop.think.strategies.loans.borrowed_parameters import borrowed_parameters
from rusta.loop.think.strategies.loans.borrowed_start import borrowed_start
from rusta.loop.think.strategies.loans.owned_fields import owned_fields
from rusta.loop.think.strategies.signatures.constant_values import constant_values
from rusta.loop.think.strategies.signatures.foreign_impls import foreign_impls
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

RULES = {
    "generic_numbers": "can be any type, so a number becomes one",
    "borrowed_start": "is a reference like all that it is assigned",
    "disjoint_elements": "are borrowed by one call",
    "foreign_impls": "a type of another crate gets methods|neither the trait nor",
    "owned_fields": "so that it owns its parts and has no lifetime",
    "matched_texts": "a literal in a pattern is a `&str`",
    "grown_texts": "a text that grows has to own it",
    "indexed_maps": "a map's entries are not changed by an index",
    "constant_values": "a constant is made by the compiler|so it is of a type that holds it",
    "lent_options": "gives away a copy of what it found|lends what it found",
    "wider_sums": "a sum is of the type that is wanted of it",
    "walked_places": "goes from place to place",
    "borrowed_parameters": "only looks at what it is given",
    "determined_impls": "says, and so its",
}
SOON = {
    "gauge", "depth", "seats", "grid", "playlist", "traffic", "roman", "letters", "colours", "queue", "checksum",
    "chain", "boxes",
}  # fmt: skip
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=() if path.stem in SOON else pytest.mark.long)
        for path in PROGRAMS
    ],
)
def test_a_program_is_mended_by_its_rule(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert re.search(RULES[program.parent.name], reasons(done))


def test_a_cast_between_types_that_are_known_is_none_of_generic_code(tmp_path: Path) -> None:
    source = "pub struct T(f64);\npub fn f(one: T) -> f64 {\n    one as f64\n}\n"
    assert not offered(tmp_path, generic_numbers, source)


def test_a_start_that_is_computed_is_not_borrowed(tmp_path: Path) -> None:
    source = """
        pub fn last(words: &[String]) -> String {
            let mut found = words.join("");
            for word in words { found = word; }
            found
        }
    """
    assert not offered(tmp_path, borrowed_start, source)


def test_a_foreign_trait_whose_methods_change_the_value_is_left(tmp_path: Path) -> None:
    source = (
        "impl Iterator for Vec<u8> {\n    type Item = u8;\n    fn next(&mut self) -> Option<u8> { self.pop() }\n}\n"
    )
    assert not offered(tmp_path, foreign_impls, source)


def test_a_struct_that_borrows_for_changes_keeps_its_lifetime(tmp_path: Path) -> None:
    source = """
        pub struct Pen<'a> { page: &'a mut Vec<String>, name: &'a str }
        pub fn pen<'a>(page: &'a mut Vec<String>) -> Pen<'a> {
            let name = String::from("quill");
            Pen { page, name: &name }
        }
    """
    assert not offered(tmp_path, owned_fields, source)


def test_a_list_that_is_not_mutable_is_no_map(tmp_path: Path) -> None:
    source = "pub fn f(list: &[u8]) {\n    list[0] += 1;\n}\n"
    assert not offered(tmp_path, indexed_maps, source)


def test_a_constant_that_a_function_computes_is_left(tmp_path: Path) -> None:
    source = "fn name() -> String { String::new() }\npub const NAME: String = name();\n"
    assert not offered(tmp_path, constant_values, source)


def test_a_path_begins_at_the_crate_where_its_module_lies_deeper(tmp_path: Path) -> None:
    source = """
        pub mod sea { pub mod tide { pub fn high() -> u8 { 3 } } }
        use tide::high;
        pub fn both() -> u8 { high() + tide::high() }
        #[test]
        fn it_is_high() { assert_eq!(both(), 6); }
    """
    done = repaired(tmp_path, source)
    assert done.why == "done"
    assert b"use crate::sea::tide::high;" in (done.chain[-1].hypothesis.changes["src/lib.rs"] or b"")


def test_what_a_foreign_trait_takes_is_not_borrowed(tmp_path: Path) -> None:
    source = """
        pub struct Key(String);
        impl From<Key> for String { fn from(key: Key) -> String { key.0 } }
        pub fn twice(key: Key) -> (String, String) { (String::from(key), String::from(key)) }
    """
    assert not offered(tmp_path, borrowed_parameters, source)
