"""Signatures that say almost what is meant: three programs a rule, of different domains; rustc judges, and their tests."""

from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import CRATES, reasons, repaired

RULES = {
    "undeclared_lifetime": "declared nowhere",
    "undeclared_parameter": "a parameter by its name",
    "field_values": "the crate says what is missing here",
    "raw_pointers": "by a cast that says so",
    "static_result": "not for the whole program",
    "missing_generics": "which infers and names them",
    "last_expression": "a semicolon throws it away",
    "borrowed_receiver": "only looks at its value",
    "misspelled_path": "std has no module",
}
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=pytest.mark.long if n % 3 else ())
        for n, path in enumerate(PROGRAMS)
    ],
)
def test_a_signature_says_what_is_meant(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert RULES[program.parent.name] in reasons(done)
