"""What beginners ask about: three programs a rule, of different domains; rustc judges, and their tests."""

from pathlib import Path

import pytest

from tests.loop.think.strategies.judged import CRATES, reasons, repaired

RULES = {
    "cell_fields": "it is changed through what is shared",
    "determined_items": "which types they are that the trait asks for",
    "borrowing_types": "stands wherever that matters",
    "moved_later": "after its last use",
    "told_errors": "it is said which error of",
    "walked_types": "since the value itself is no iterator",
}
PROGRAMS = [path for rule in RULES for path in sorted((CRATES / rule).glob("*.rs"))]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}", marks=pytest.mark.long if n % 3 else ())
        for n, path in enumerate(PROGRAMS)
    ],
)
def test_an_everyday_mistake_is_mended(program: Path, tmp_path: Path) -> None:
    done = repaired(tmp_path, program.read_text())
    assert done.why == "done"
    assert RULES[program.parent.name] in reasons(done)
