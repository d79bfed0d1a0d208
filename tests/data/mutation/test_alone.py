"""The model alone is heard kindly: whatever form its answer takes, code that can be used is used."""

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hands.alone import accept, without_tests

SOURCE = b"""//! Counts.

use std::collections::HashMap;

#[derive(Debug)]
pub struct Counter {
    counts: HashMap<String, usize>,
}

impl Counter {
    pub fn new() -> Self {
        Counter { counts: HashMap::new() }
    }

    /// Adds one.
    pub fn add(&self, name: &str) {
        *self.counts.entry(name.to_string()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {}
}
"""
WANTED = SOURCE.replace(b"&self, name", b"&mut self, name")
AT = SOURCE.index(b"*self.counts")
BODY = "        *self.counts.entry(name.to_string()).or_default() += 1;\n"


def test_a_method_without_its_impl() -> None:
    answer = f"Here:\n```rust\npub fn add(&mut self, name: &str) {{\n{BODY}    }}\n```\nDone."
    assert accept(answer, SOURCE, AT) == WANTED


def test_a_method_that_forgot_that_it_is_public() -> None:
    answer = f"```rust\nfn add(&mut self, name: &str) {{\n{BODY}    }}\n```"
    assert accept(answer, SOURCE, AT) == WANTED


def test_an_impl_with_one_of_its_methods_keeps_the_others() -> None:
    answer = f"```rust\nimpl Counter {{\n    pub fn add(&mut self, name: &str) {{\n{BODY}    }}\n}}\n```"
    assert accept(answer, SOURCE, AT) == WANTED


def test_a_whole_file_keeps_the_tests() -> None:
    answer = f"```rust\n{without_tests(WANTED)}\n```"
    changed = accept(answer, SOURCE, AT)
    assert changed is not None
    assert changed.split() == WANTED.split()


def test_a_fence_that_was_cut_off() -> None:
    answer = f"```rust\npub fn add(&mut self, name: &str) {{\n{BODY}    }}"
    assert accept(answer, SOURCE, AT) == WANTED


def test_one_line() -> None:
    answer = "Change it to:\n```rust\npub fn add(&mut self, name: &str) {\n```"
    assert accept(answer, SOURCE, AT) == WANTED


def test_a_new_use_and_a_new_item() -> None:
    answer = "```rust\nuse std::fmt;\n\nimpl fmt::Display for Counter {\n    fn fmt(&self) {}\n}\n```"
    changed = accept(answer, SOURCE, AT) or b""
    assert changed.startswith(b"//! Counts.\n\nuse std::fmt;\n")
    assert b"impl fmt::Display for Counter" in changed


def test_what_was_imagined_beside_the_item_that_was_asked_for_does_not_count() -> None:
    method = f"pub fn add(&mut self, name: &str) {{\n{BODY}    }}"
    answer = f"```rust\nuse std::collections::HashMap;\n\npub struct Counter;\n\nimpl Counter {{\n    {method}\n}}\n```"
    assert accept(answer, SOURCE, AT, "Counter::add") == WANTED


def test_of_an_answer_that_was_cut_off_the_last_item_does_not_count() -> None:
    method = f"pub fn add(&mut self, name: &str) {{\n{BODY}    }}"
    answer = f"```rust\n{method}\n\nimpl Counter {{\n    pub fn new() -> Self {{\n        Counter {{ counts: Hash"
    assert accept(answer, SOURCE, AT) == WANTED


def test_a_name_is_not_imported_twice() -> None:
    answer = "```rust\nuse std::collections::{HashMap};\nuse std::fmt::Display;\n\npub struct Counter;\n```"
    changed = accept(answer, SOURCE, AT) or b""
    assert (changed.count(b"HashMap;"), changed.count(b"Display;"), changed.count(b"{HashMap}")) == (1, 1, 0)


def test_what_is_no_code_changes_nothing() -> None:
    assert accept("You need a mutable reference there.", SOURCE, AT) is None
    assert accept("", SOURCE, AT) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300) | st.text(alphabet="`rust\n{}()fnimpl &;", max_size=200))
def test_no_answer_breaks_it(answer: str) -> None:
    accept(answer, SOURCE, AT)
    accept(f"```rust\n{answer}\n```", SOURCE, AT)
