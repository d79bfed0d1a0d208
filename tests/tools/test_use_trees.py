"""Imports that are taken out and brought in."""

import pytest

from rusta.tools.statements import Statements
from rusta.tools.use_trees import exchanged, imported_names, scopes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("use std::rc::Rc;\n", "use std::sync::Arc;\n"),
        ("use std::{rc::Rc, thread};\n", "use std::thread;\nuse std::sync::Arc;\n"),
        ("use std::rc::{self, Rc, Weak};\n", "use std::rc::{self, Weak};\nuse std::sync::Arc;\n"),
        ("use std::rc::{self, Rc};\n", "use std::rc;\nuse std::sync::Arc;\n"),
        ("use std::rc::Rc as R;\nuse a::b;\n", "use std::sync::Arc;\nuse a::b;\n"),
        (
            "//! A.\n\n/// One.\n#[cfg(a)]\nstruct One;\n",
            "//! A.\n\nuse std::sync::Arc;\n\n/// One.\n#[cfg(a)]\nstruct One;\n",
        ),
        ("pub use std::rc::Rc;\n", "use std::sync::Arc;\npub use std::rc::Rc;\n"),
        ("", "use std::sync::Arc;\n"),
    ],
)
def test_a_name_is_exchanged(before: str, after: str) -> None:
    code = Statements(before.encode())
    assert code.rewritten(exchanged(code, code.root, {"std::rc::Rc"}, ["std::sync::Arc"])).decode() == after


def test_a_module_has_imports_of_its_own() -> None:
    code = Statements(b"use a::b;\nmod inner {\n    use std::{rc::Rc as R, fmt::{self, Write}};\n}\n")
    names = [imported_names(code, scope) for scope in scopes(code)]
    assert names == [{"b": "a::b"}, {"R": "std::rc::Rc", "fmt": "std::fmt", "Write": "std::fmt::Write"}]
