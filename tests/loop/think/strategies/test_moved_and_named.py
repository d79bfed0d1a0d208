"""States that are moved on, lists that are walked, names that shadow, macros: three programs a rule; their tests judge."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.loans.replaced_state import replaced_state
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

RULES = {
    "replaced_state": "so a value has to stay there",
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
