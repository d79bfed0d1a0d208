"""What beginners ask about: three programs a rule, of different domains; rustc judges, and their tests."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.signatures.determined_items import determined_items
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

RULES = {
    "absent_values": "what may be absent is opened before it is used",
    "bare_traits": "a trait is no type of a known size",
    "borrowed_contents": "what is borrowed is not taken",
    "borrowing_types": "stands wherever that matters",
    "boxed_recursion": "a value in itself would have no end",
    "called_constructors": "holds data, and is made with it",
    "cell_fields": "it is changed through what is shared",
    "determined_items": "which types they are that the trait asks for",
    "display_by_label": "what is printed has a text",
    "fitting_types": "what is there becomes what is expected",
    "in_place": "a value is made before it is changed",
    "listed_first": "an iterator and a list have other methods",
    "looked_up_anew": "are looked up by",
    "mapped_items": "the items become what the list holds",
    "moved_later": "after its last use",
    "order_by_cmp": "follows from the order that is written",
    "owned_items": "whose items are its own",
    "retained": "`retain` says which of them stay",
    "told_errors": "it is said which error of",
    "walked_types": "since the value itself is no iterator",
    "written_guards": "needs one for writing",
}
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=pytest.mark.long if n % 5 else ())
        for n, path in enumerate(PROGRAMS)
    ],
)
def test_an_everyday_mistake_is_mended(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert RULES[program.parent.name] in reasons(done)


def test_a_type_that_no_method_says_is_not_made_up(tmp_path: Path) -> None:
    source = "pub struct Ones;\nimpl Iterator for Ones {\n    fn next(&mut self) -> Option<Self::Item> { None }\n}\n"
    assert not offered(tmp_path, determined_items, source)
