"""What the mind is asked about an error, and what it is held to: real rustc; the mind reads from a script."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rusta.identity.turns import Turn
from rusta.loop.think.case_view import ShownItem
from rusta.loop.think.model_proposer import Consult, form, lone
from rusta.loop.think.situation import Situation
from rusta.mind.engines.fake import Fake
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.tools.cargo import Cargo, CargoReport
from rusta.tools.sandbox import Limits, choose
from tests.loop.crate import MENDED, crate, ended, fenced


@dataclass
class Heard(Fake):
    """A script, and what it was held to."""

    constraints: list[Constraint | None] = field(default_factory=list)

    def stream(
        self, turns: Sequence[Turn], generation: Generation, constraint: Constraint | None = None
    ) -> Iterator[Piece]:
        self.constraints.append(constraint)
        return super().stream(turns, generation, constraint)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return crate(tmp_path / "scores")


@pytest.fixture
def report(place: Path, tmp_path: Path) -> CargoReport:
    return Cargo(place, choose("auto"), tmp_path / "target", Limits()).check()


@pytest.mark.parametrize("constrains", [True, False])
def test_an_engine_that_can_is_held_to_the_item_it_is_asked_for(
    constrains: bool, place: Path, report: CargoReport
) -> None:
    mind = Heard(script=[fenced(MENDED)], constrains=constrains)
    situation = Situation(report.errors, lambda path: (place / path).read_bytes(), ("src/lib.rs",), place)
    answer = ended(Consult(mind, Generation(max_tokens=2000)).propose(situation, 0))
    assert answer.well_formed and answer.hypothesis and b".copied()" in (answer.hypothesis.changes["src/lib.rs"] or b"")
    (constraint,) = mind.constraints
    assert (constraint is not None) == constrains
    if constraint:
        assert "REPLACE ITEM" in (constraint.grammar or "") and "Scores::add in src/lib.rs" in (
            constraint.grammar or ""
        )


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("pub fn add(&mut self) {}\n\nfn main() {}", "pub fn add(&mut self) {}"),
        ("impl Scores {\n    /// Adds.\n    pub fn add(&mut self) {}\n}", "/// Adds.\n    pub fn add(&mut self) {}"),
        ("impl A {\n    fn add() {}\n}\n\nimpl B {\n    fn add() {}\n}", None),
        ("no rust at all", None),
    ],
)
def test_of_an_answer_only_the_item_that_was_asked_for_is_taken(code: str, kept: str | None) -> None:
    assert lone(code, "Scores::add") == (code if kept is None else kept)


def test_where_no_item_holds_the_error_the_answer_is_free() -> None:
    assert form(ShownItem("src/lib.rs", "", "fn f( {}")) is None
