"""State that threads share, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.threads.shared_state import shared_state
from rusta.loop.think.strategies.threads.thread_safe import normal
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long
ALL = [
    "tickets",
    "alarms",
    *(pytest.param(name, marks=LONG) for name in ("garden", "settings", "imports", "halfway", "tables")),
]


@pytest.mark.parametrize("name", ALL)
def test_what_threads_share_changes_together(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"shared_state/{name}.rs").read_text())
    assert done.why == "done"
    assert "other threads can share it" in reasons(done)


def test_what_is_not_sent_stays(tmp_path: Path) -> None:
    source = (CRATES / "shared_state/tickets.rs").read_text()
    first = offered(tmp_path, shared_state, source)[0].changes["src/lib.rs"]
    assert first is not None
    assert b"coins: Rc<RefCell<Vec<u8>>>" in first and b"static SEEN: RefCell<" in first


def test_two_files_change_together(tmp_path: Path) -> None:
    files = {
        "src/lib.rs": "mod pot;\n\n#[test]\nfn stirred() {\n    let pot = pot::Pot::default();\n    let other = pot.clone();\n"
        "    std::thread::spawn(move || pot::stir(&other)).join().unwrap();\n    assert_eq!(pot.turned(), 1);\n}\n",
        "src/pot.rs": "use std::{cell::RefCell, rc::Rc};\n\n#[derive(Clone, Default)]\npub struct Pot {\n"
        "    pub turns: Rc<RefCell<u32>>,\n}\n\npub fn stir(pot: &Pot) {\n    *pot.turns.borrow_mut() += 1;\n}\n\n"
        "impl Pot {\n    pub fn turned(&self) -> u32 {\n        *self.turns.borrow()\n    }\n}\n",
    }
    assert repaired(tmp_path, files).why == "done"


def test_an_error_about_something_else_is_not_its_business(tmp_path: Path) -> None:
    assert offered(tmp_path, shared_state, "use std::rc::Rc;\npub fn f(x: Rc<u8>) -> Rc<u16> { x }\n") == []


def test_one_type_has_one_text() -> None:
    there = "Rc<Box<(dyn for<'a> Fn(&'a str) -> bool + 'static)>>"
    assert normal(there) == normal("std::rc::Rc<Box<dyn Fn(&str) -> bool>>")
