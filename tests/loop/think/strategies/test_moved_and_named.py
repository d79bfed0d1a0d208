"""States that are moved on, lists that are walked, names that shadow, macros: three programs a rule; their tests judge."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.loans.replaced_state import replaced_state
from rusta.loop.think.strategies.loans.unwrapped_walk import unwrapped_walk
from rusta.loop.think.strategies.modules.macro_arguments import macro_arguments
from rusta.loop.think.strategies.modules.shadowed_names import shadowed_names
from rusta.loop.think.strategies.signatures.grown_types import grown_types
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

RULES = {
    "replaced_state": "so a value has to stay there",
    "unwrapped_walk": "the walk ",
    "shadowed_names": "so it is written",
    "macro_scope": "a macro ",
    "blanket_conversions": "std converts everything to itself",
    "grown_types": "missing is what",
    "inner_functions": "the variables around it",
    "inner_values": "is nowhere called, and is used as a value",
}
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=pytest.mark.long if n % 3 else ())
        for n, path in enumerate(PROGRAMS)
    ],
)
def test_a_program_is_mended_by_its_rule(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert RULES[program.parent.name] in reasons(done)


def test_a_state_that_no_arm_assigns_is_not_taken(tmp_path: Path) -> None:
    source = """
        pub enum Mail { Sent(String), Draft }
        pub struct Box1 { mail: Mail }
        impl Box1 {
            pub fn text(&mut self) -> Option<String> {
                match self.mail { Mail::Sent(text) => Some(text), Mail::Draft => None }
            }
        }
    """
    assert not offered(tmp_path, replaced_state, source)


def test_a_walk_whose_name_is_used_after_the_step_stays(tmp_path: Path) -> None:
    source = """
        pub struct Node { size: u32, next: Option<Box<Node>> }
        pub fn add(mut at: &mut Node, node: Node) {
            while let Some(next) = at.next.as_mut() { at = next; at.size += 1; println!("{next}"); }
            at.next = Some(Box::new(node));
        }
    """
    assert not offered(tmp_path, unwrapped_walk, source)


def test_arguments_that_a_struct_does_not_take_are_no_shadow(tmp_path: Path) -> None:
    source = "pub struct Result<T>(pub T);\npub fn f() -> Result<u8, u8> {\n    Result(1)\n}\n"
    assert not offered(tmp_path, shadowed_names, source)


def test_every_module_around_a_macro_lets_it_out(tmp_path: Path) -> None:
    files = {
        "src/lib.rs": "//! Tools.\n\npub mod ways;\nmod tools;\n",
        "src/ways.rs": "pub fn three() -> u32 {\n    twice!(1) + 1\n}\n\n#[test]\nfn it_is() { assert_eq!(three(), 3) }\n",
        "src/tools.rs": "/// Doubling.\nmod small;\n",
        "src/tools/small.rs": "macro_rules! twice {\n    ($one:expr) => {\n        $one * 2\n    };\n}\n",
    }
    done = repaired(tmp_path, files)
    assert done.why == "done"
    changes = done.chain[-1].hypothesis.changes
    assert changes["src/lib.rs"] == b"//! Tools.\n\n#[macro_use]\nmod tools;\npub mod ways;\n"
    assert changes["src/tools.rs"] == b"/// Doubling.\n#[macro_use]\nmod small;\n"


def test_a_variable_that_a_caller_does_not_have_is_not_given(tmp_path: Path) -> None:
    source = """
        macro_rules! add { ($one:expr) => { sum += $one }; }
        pub fn with() -> u8 { let mut sum = 1; add!(2); sum }
        pub fn without() -> u8 { add!(2); 3 }
    """
    assert not offered(tmp_path, macro_arguments, source)


def test_a_value_that_nothing_in_scope_names_is_not_made_up(tmp_path: Path) -> None:
    source = """
        pub struct Cup { pub size: u32, pub full: bool }
        pub fn cup(size: u32, hot: bool, sweet: bool) -> (Cup, bool, bool) { (Cup { size }, hot, sweet) }
    """
    assert not offered(tmp_path, grown_types, source)


def test_patterns_end_in_what_they_do_not_look_at(tmp_path: Path) -> None:
    source = """
        pub enum Step { Go { x: i32, y: i32, z: i32 }, Turn(i32, i32) }
        pub fn sum(step: Step) -> i32 {
            match step { Step::Go { x, y, } => x + y, Step::Turn(by) => by }
        }
        #[test]
        fn it_adds() { assert_eq!(sum(Step::Go { x: 1, y: 2, z: 3 }) + sum(Step::Turn(4, 5)), 7) }
    """
    done = repaired(tmp_path, source)
    assert done.why == "done"
    text = done.chain[-1].hypothesis.changes["src/lib.rs"] or b""
    assert b"Step::Go { x, y, .. }" in text and b"Step::Turn(by, _)" in text
