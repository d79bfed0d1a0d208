"""What approval of edits does not cover."""

import pytest

from rusta.loop.attempt.commit_chain import ChainLink
from rusta.loop.gates.asked_alone import asked_alone
from rusta.loop.gates.permissions import Approve
from rusta.loop.think.hypotheses import Hypothesis

BEFORE = {"Cargo.toml": b"[dependencies]\n", "src/lib.rs": b"pub fn f() {}\n"}


def asked(approve: Approve, path: str, content: bytes) -> str:
    about = Hypothesis("craft", "a reason", "more is built", {path: content}, ())
    return asked_alone(approve, [ChainLink(about, about.changes, (), ())], BEFORE.get)


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("Cargo.toml", b'[dependencies]\nserde = "1"\n', "with whose code"),
        ("src/lib.rs", b"pub fn f() { unsafe { g() } }\n", "`unsafe`"),
    ],
)
def test_a_manifest_and_unsafe_are_asked_for_by_themselves_unless_all_is_agreed(
    path: str, content: bytes, said: str
) -> None:
    why = asked(Approve.edits, path, content)
    assert said in why and "more is built" in why
    assert asked(Approve.all, path, content) == ""


def test_an_edit_of_code_is_covered() -> None:
    assert asked(Approve.edits, "src/lib.rs", b"pub fn f() { g() }\n") == ""
