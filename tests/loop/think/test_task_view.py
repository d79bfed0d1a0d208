"""What a small model is shown of a task."""

from pathlib import Path

import pytest

from rusta.loop.attempt.actions import WholeFile, parse
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.think.task_view import code_alone, placed_reply, task_view
from tests.loop.crate import ADD, BODY, MANIFEST, MENDED

OTHER = "pub struct Id(u32);\n\npub fn depth(id: &Id) -> u32 {\n    id.0\n}\n"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    (tmp_path / "crate/src").mkdir(parents=True)
    (tmp_path / "crate/Cargo.toml").write_text(MANIFEST)
    (tmp_path / "crate/src/lib.rs").write_text(BODY.replace(ADD, MENDED))
    (tmp_path / "crate/src/other.rs").write_text(OTHER)
    copy = Scratch(tmp_path / "crate", tmp_path / "home")
    copy.sync()
    return copy


def test_the_file_that_is_named_is_shown_as_an_outline_without_tests(scratch: Scratch) -> None:
    view = task_view("Add a method `worst(&self, id: Id) -> Option<u32>` to Scores, as `best` does it.", scratch)
    assert view and (view.path, view.owner) == ("src/lib.rs", "Scores")
    assert (
        "by_name: HashMap<String, u32>," in view.shown
        and "pub fn add(&mut self, name: &str, score: u32);" in view.shown
    )
    assert "self.best.last().copied()" in view.shown, "a function that is named is shown whole"
    assert "retain" not in view.shown and "mod tests" not in view.shown
    assert view.opening == "impl Scores {\n    pub fn worst(&self, id: Id) -> Option<u32> {\n"


def test_a_free_function_and_a_request_without_a_signature_begin_otherwise(scratch: Scratch) -> None:
    view = task_view("Add `fn height(id: &Id) -> u32` beside depth.", scratch)
    assert view and view.path == "src/other.rs" and view.opening == "pub fn height(id: &Id) -> u32 {\n"
    plain = task_view("Implement Display for Id.", scratch)
    assert plain and (plain.path, plain.owner, plain.opening) == ("src/other.rs", "Id", "")


def test_a_block_that_is_cut_off_counts_up_to_its_last_whole_item(scratch: Scratch) -> None:
    view = task_view("Add a method `worst` to Scores.", scratch)
    answer = "```rust\nimpl Scores {\n    pub fn worst(&self) -> u32 {\n        0\n    }\n}\n\n#[test]\nfn half() {\n    let x ="
    assert view
    reply = placed_reply(parse(answer), code_alone(parse(answer), answer), view, scratch)
    (edit,) = reply.actions
    assert isinstance(edit, WholeFile) and "fn worst" in edit.code and "half" not in edit.code
    assert reply.before(edit) == "As it was asked for: Add a method `worst` to Scores."
